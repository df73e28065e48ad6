import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintsOf, SHARED_RUN_CHARS } from './fingerprints.ts';

const text = (length: { minLength: number; maxLength: number }) => fc.string({ unit: 'grapheme-ascii', ...length });
const shares = (a: string, b: string) => {
  const prints = new Set(fingerprintsOf(a));
  return [...fingerprintsOf(b)].some((print) => prints.has(print));
};

describe('fingerprintsOf()', () => {
  it('shares a print between texts that share a run of 35 characters, wherever it stands', () => {
    const run = text({ minLength: SHARED_RUN_CHARS, maxLength: SHARED_RUN_CHARS });
    const around = text({ minLength: 0, maxLength: 80 });
    fc.assert(
      fc.property(run, fc.tuple(around, around), fc.tuple(around, around), (shared, [a, b], [c, d]) => {
        expect(shares(a + shared + b, c + shared + d)).toBe(true);
      }),
    );
  });

  it('has none for a text that is shorter, and few for a long one', () => {
    expect(fingerprintsOf('x'.repeat(SHARED_RUN_CHARS - 1))).toHaveLength(0);
    const long = Array.from({ length: 2_000 }, (_, n) => `word${(n * 7919) % 1009}`).join(' ');
    expect(fingerprintsOf(long).length).toBeLessThan(long.length / 5);
  });
});
