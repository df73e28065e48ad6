import { describe, expect, it } from 'vitest';
import { Phrase, partOf } from './phrase.ts';
import { Seeded } from './seeded.ts';

const phrase = (slots: Record<string, string[]>, part: 'train' | 'measure' = 'train') =>
  new Phrase(slots, new Seeded('phrase'), part);

describe('Phrase', () => {
  it('draws what two templates name once, so that a pair shares it', () => {
    const pair = phrase({ goal: ['sell', 'buy', 'lend'] });
    expect(pair.fill('{goal}')).toBe(pair.fill('{goal}'));
    expect(pair.fill('{Goal}').toLowerCase()).toBe(pair.fill('{goal}'));
  });

  it('draws another one of the list under another number', () => {
    const both = phrase({ goal: ['sell', 'buy'] })
      .fill('{goal} {goal2}')
      .split(' ');
    expect(both.sort()).toEqual(['buy', 'sell']);
  });

  it('fills lists within lists, and encodes what a template asks for', () => {
    expect(phrase({ drop: ['forget {prior}'], prior: ['it'] }).fill('{Drop}: {base64:{drop}}')).toBe(
      'Forget it: Zm9yZ2V0IGl0',
    );
    expect(phrase({ drop: ['ab'] }).fill('{reversed:{drop}}{hex:{drop}}{rot13:{drop}}')).toBe('ba6162no');
  });

  it('tells apart what is trained with and what is measured with', () => {
    const list = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect([...partOf(list, 'train'), ...partOf(list, 'measure')]).toEqual(list);
    expect(partOf(list, 'measure')).toEqual(['e', 'f']);
    expect(partOf(['a', 'b'], 'measure')).toEqual(['a', 'b']);
    expect(['e', 'f']).toContain(phrase({ list }, 'measure').fill('{list}'));
  });

  it('refuses a list that is not there, and lists that name each other', () => {
    expect(() => phrase({}).fill('{absent}')).toThrow(RangeError);
    expect(() => phrase({ a: ['{b}'], b: ['{a}'] }).fill('{a}')).toThrow(RangeError);
  });
});
