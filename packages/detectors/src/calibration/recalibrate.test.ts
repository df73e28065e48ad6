import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTING_SCORE, recalibrate } from './recalibrate.ts';

const scores = fc.double({ min: 0, max: 1, noNaN: true });
const thresholds = fc.double({ min: 0.001, max: 0.999, noNaN: true });
/** As policies read it. */
const risk = (score: number) => Math.round(score * 1000);

describe('recalibrate()', () => {
  it('keeps the order of scores, and stays within 0..1', () => {
    fc.assert(
      fc.property(scores, scores, thresholds, (a, b, threshold) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((score) => recalibrate(score, threshold));
        expect(low).toBeLessThanOrEqual(high ?? Number.NaN);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('lets policies act from the threshold on, and nowhere below', () => {
    fc.assert(
      fc.property(scores, thresholds, (score, threshold) => {
        expect(risk(recalibrate(score, threshold)) >= 500).toBe(score >= threshold);
      }),
    );
  });

  it('changes no more than what rounding would make of it where the threshold is the shipped one', () => {
    fc.assert(
      fc.property(scores, (score) => {
        expect(Math.abs(recalibrate(score, ACTING_SCORE) - score)).toBeLessThanOrEqual(0.001);
      }),
    );
  });
});
