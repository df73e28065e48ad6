import { describe, expect, it } from 'vitest';
import { type SmallMultiples, smallMultiples } from './small-multiples.ts';

const many: SmallMultiples = {
  title: 'Errors',
  says: 'A figure for each model.',
  unit: 'count',
  atMs: [0, 86_400_000],
  scale: 'shared',
  figures: [
    { title: 'large', lines: [{ name: 'errors', values: [0, 100] }] },
    { title: 'small', lines: [{ name: 'errors', values: [0, 1] }], note: 'few' },
  ],
};

const points = (shown: string) => [...shown.matchAll(/points="([^"]*)"/g)].map(([, each]) => each);

describe('smallMultiples()', () => {
  it('has one axis for all where they are to be compared, and one for each where their shape counts', () => {
    expect(points(String(smallMultiples(many)))).toEqual(['4,66 216,6', '4,66 216,65.4']);
    expect(points(String(smallMultiples({ ...many, scale: 'own' })))).toEqual(['4,66 216,6', '4,66 216,6']);
  });

  it('says of each how far its axis goes, and has every number in one table', () => {
    const shown = String(smallMultiples({ ...many, scale: 'own' }));
    expect(shown).toContain('aria-label="large: 0 to 100"');
    expect(shown).toContain('0 to 1<br>few');
    expect(shown).toContain(
      '<th scope="row" class="left">1970-01-02</th><td class="right">100</td><td class="right">1</td>',
    );
  });

  it('says so where there is nothing', () => {
    expect(String(smallMultiples({ ...many, figures: [] }))).toContain('Nothing in this period.');
  });
});
