import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holm } from './holm.ts';

describe('holm()', () => {
  it('is what tables say', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02].map((p) => expect.closeTo(p, 12)));
    expect(holm([])).toEqual([]);
    expect(holm([0.2])).toEqual([0.2]);
  });

  it('corrects by no less than nothing and no more than all, and keeps the order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }), (chances) => {
        const corrected = holm(chances);
        for (const [at, p] of chances.entries()) {
          expect(corrected[at]).toBeGreaterThanOrEqual(p);
          expect(corrected[at]).toBeLessThanOrEqual(Math.min(1, p * chances.length) + 1e-12);
        }
        const least = chances.indexOf(Math.min(...chances));
        expect(corrected[least]).toBe(Math.min(...corrected));
      }),
    );
  });
});
