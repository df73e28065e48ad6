import { describe, expect, it } from 'vitest';
import { CHANGED_LINES_MAX, changeLines, isCut } from './change-lines.ts';

const LONG = 'word '.repeat(40);

describe('changeLines()', () => {
  it('tells a short text that became another one as a whole', () => {
    expect(changeLines({ before: 'Sends a mail.', after: 'Sends a mail, with a copy.' })).toEqual([
      '- Sends a mail.',
      '+ Sends a mail, with a copy.',
    ]);
  });

  it.each([
    ['came', { after: 'a\nb' }, ['+ a', '+ b']],
    ['went', { before: 'a\nb' }, ['- a', '- b']],
    ['is empty', { before: 'a', after: '' }, ['- a', '+ ']],
  ])('tells all of a text that %s', (_, texts, lines) => {
    expect(changeLines(texts)).toEqual(lines);
  });

  it('tells only the lines that changed, wherever they stand', () => {
    const lines = Array.from({ length: 100 }, (_, n) => `line ${n}`);
    const after = ['first', ...lines.slice(0, 50), 'other', ...lines.slice(51), 'last'];
    expect(changeLines({ before: lines.join('\n'), after: after.join('\n') })).toEqual([
      '+ first',
      '- line 50',
      '+ other',
      '+ last',
    ]);
  });

  it('tells what changed in the middle of a long line, with a little around it', () => {
    const [gone = '', came = ''] = changeLines({ before: `${LONG}${LONG}`, after: `${LONG}evil ${LONG}` });
    expect(came).toMatch(/^\+ \.\.\.(?:\w* ){4,12}evil (?:word ){4,12}.*\.\.\.$/);
    expect(came.length - gone.length).toBe(5);
    expect(came.length).toBeLessThan(120);
  });

  it('tells all of a long line that came, in pieces that each begin with their mark', () => {
    const lines = changeLines({ after: LONG });
    expect(lines.map((line) => line.slice(2)).join('')).toBe(LONG);
    expect(lines.every((line) => line.startsWith('+ '))).toBe(true);
  });

  it('tells as many lines as there may be, the last ones too, and how many are between', () => {
    const of = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n}`).join('\n');
    expect(changeLines({ after: of(CHANGED_LINES_MAX) })).toHaveLength(CHANGED_LINES_MAX);
    const lines = changeLines({ after: of(CHANGED_LINES_MAX + 2) });
    expect(lines).toHaveLength(CHANGED_LINES_MAX + 1);
    expect(lines.filter((line) => !line.startsWith('+'))).toEqual(['2 further lines, and then']);
    expect([lines[0], lines.at(-1)]).toEqual(['+ line 0', `+ line ${CHANGED_LINES_MAX + 1}`]);
    expect([CHANGED_LINES_MAX, CHANGED_LINES_MAX + 1].map((count) => isCut({ after: of(count) }))).toEqual([
      false,
      true,
    ]);
  });

  it('gives up comparing what has nothing in common, and tells both', () => {
    const of = (word: string): string => Array.from({ length: 5_000 }, (_, n) => `${word} ${n}`).join('\n');
    const lines = changeLines({ before: of('old'), after: of('new') });
    expect(lines[0]).toBe('- old 0');
    expect(lines).toContain(`${10_000 - CHANGED_LINES_MAX} further lines, and then`);
    expect(lines.at(-1)).toBe('+ new 4999');
  });

  it.each([
    ['aaaa', 'aaaaaa'],
    ['aaaaaa', 'aaaa'],
    ['abab', 'ababab'],
    [`${LONG}`, `${LONG}${LONG}`],
  ])('never tells a letter twice where a text repeats itself', (before, after) => {
    const lines = changeLines({ before, after });
    const told = (mark: string): number =>
      lines.filter((line) => line.startsWith(mark)).reduce((sum, line) => sum + line.length - 2, 0);
    expect(told('+') - told('-')).toBe(after.length - before.length);
  });
});
