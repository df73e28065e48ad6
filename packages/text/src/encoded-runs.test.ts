import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRuns } from './encoded-runs.ts';

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', ', ', '\n', '=', '.', 'é', ':'),
      fc.string({ unit: fc.constantFrom('a', 'Z', '9', '+', '/', '-', '_', 'f'), minLength: 1, maxLength: 40 }),
      fc.constantFrom('41', 'ff', '0x4a', '68 65 6c 6c 6f 20 77 6f', '0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48'),
    ),
    { maxLength: 20 },
  )
  .map((units) => units.join(''));

describe('findRuns()', () => {
  it('finds every token of at least 16 characters, and no shorter one that stands alone', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const runs = findRuns(raw).filter(({ shape }) => shape === 'token');
        const tokens = [...raw.matchAll(/[\w+/-]{16,}/g)].map((match) => [match.index, match.index + match[0].length]);
        for (const [start = 0, end = 0] of tokens) {
          expect(runs.some((run) => run.start <= start && run.end >= end)).toBe(true);
        }
        const first = new Set(tokens.map(([start]) => start));
        for (const run of runs) expect(first).toContain(run.start);
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds every row of at least 8 hexadecimal pairs', () => {
    const row = /(?<![\w+/-])(?:0x)?[\da-f]{2}(?:(?:[ ,:;\n]{1,2})(?:0x)?[\da-f]{2}){7,}(?![\w+/-])/gi;
    fc.assert(
      fc.property(text, (raw) => {
        const runs = findRuns(raw);
        for (const match of raw.matchAll(row)) {
          const end = match.index + match[0].length;
          expect(runs.some((run) => run.start <= match.index && run.end >= end)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('goes on over line breaks behind long lines, and ends with a short one', () => {
    const line = 'a'.repeat(20);
    expect(findRuns(`${line}\n${line}\r\n  abc\n${line}`)).toEqual([
      { shape: 'token', start: 0, end: 48, broken: true },
      { shape: 'token', start: 49, end: 69, broken: false },
    ]);
  });
});
