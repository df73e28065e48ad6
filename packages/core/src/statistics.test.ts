import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areaUnderRoc, percentile, recallAtFalsePositiveRate, wilsonInterval } from './statistics.ts';

// Few distinct values, so that ties are common.
const score = fc.integer({ min: 0, max: 6 }).map((value) => value / 6);
const scores = fc.array(score, { minLength: 1, maxLength: 30 });

describe('wilsonInterval()', () => {
  test.each([
    // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [29, 29, 0.883, 1],
  ])('of %i in %i is %f to %f', (...row) => {
    const [successes, trials, low, high] = row;
    const interval = wilsonInterval(successes, trials);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  test('of nothing is nothing', () => {
    expect(wilsonInterval(0, 0)).toBeUndefined();
  });

  test('lies within [0, 1], holds the share, and mirrors', () => {
    const counts = fc
      .integer({ min: 1, max: 5_000 })
      .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const interval = wilsonInterval(successes, trials) ?? { low: Number.NaN, high: Number.NaN };
        const mirror = wilsonInterval(trials - successes, trials) ?? { low: Number.NaN, high: Number.NaN };
        expect(interval.low).toBeGreaterThanOrEqual(0);
        expect(interval.high).toBeLessThanOrEqual(1);
        expect(interval.low).toBeLessThanOrEqual(successes / trials);
        expect(interval.high).toBeGreaterThanOrEqual(successes / trials);
        expect(interval.low + mirror.high).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe('areaUnderRoc()', () => {
  test.each([
    ['apart', [0.8, 0.9], [0.1, 0.2], 1],
    ['the wrong way round', [0.1], [0.9], 0],
    ['all alike', [0.5, 0.5], [0.5, 0.5, 0.5], 0.5],
    ['mixed', [0.4, 0.8], [0.1, 0.6], 0.75],
    ['with one tie', [0.5, 0.9], [0.5, 0.1], 0.875],
  ])('of scores %s', (...row) => {
    const [, positives, negatives, expected] = row;
    expect(areaUnderRoc(positives, negatives)).toBe(expected);
  });

  test('equals the count over all pairs', () => {
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        let wins = 0;
        for (const a of positives) for (const b of negatives) wins += a > b ? 1 : a === b ? 0.5 : 0;
        expect(areaUnderRoc(positives, negatives)).toBeCloseTo(wins / (positives.length * negatives.length), 12);
      }),
    );
  });

  test('of one side alone is nothing', () => {
    expect(areaUnderRoc([1], [])).toBeUndefined();
    expect(areaUnderRoc([], [1])).toBeUndefined();
  });
});

describe('recallAtFalsePositiveRate()', () => {
  test('takes the lowest threshold that lets through no more than the rate', () => {
    const negatives = Array.from({ length: 100 }, (_, index) => index / 100);
    expect(recallAtFalsePositiveRate([0.5, 0.985, 0.995, 1], negatives, 0.01)).toEqual({
      recall: 0.75,
      threshold: 0.985,
      falsePositiveRate: 0.01,
    });
  });

  test('finds nothing when the best negatives tie with the best positives', () => {
    expect(recallAtFalsePositiveRate([1, 1], [1, 1], 0.01)).toEqual({
      recall: 0,
      threshold: Number.POSITIVE_INFINITY,
      falsePositiveRate: 0,
    });
  });

  test('equals the best of all thresholds, tried one by one', () => {
    const rate = fc.constantFrom(0, 0.01, 0.1, 0.25, 0.5, 1);
    fc.assert(
      fc.property(scores, scores, rate, (positives, negatives, max) => {
        const share = (values: readonly number[], threshold: number) =>
          values.filter((value) => value >= threshold).length / values.length;
        const allowed = [...positives, Number.POSITIVE_INFINITY].filter(
          (threshold) => share(negatives, threshold) <= max + 1e-12,
        );
        const best = Math.max(...allowed.map((threshold) => share(positives, threshold)));
        const found = recallAtFalsePositiveRate(positives, negatives, max);
        expect(found?.recall).toBeCloseTo(best, 12);
        expect(found?.falsePositiveRate).toBeCloseTo(share(negatives, found?.threshold ?? Number.NaN), 12);
        expect(found?.falsePositiveRate).toBeLessThanOrEqual(max + 1e-12);
      }),
    );
  });

  test('of one side alone is nothing', () => {
    expect(recallAtFalsePositiveRate([], [1], 0.01)).toBeUndefined();
    expect(recallAtFalsePositiveRate([1], [], 0.01)).toBeUndefined();
  });
});

describe('percentile()', () => {
  test.each([
    [0, 1],
    [0.5, 5],
    [0.9, 9],
    [0.99, 10],
    [1, 10],
  ])('at %f of 1 to 10 is %i', (share, expected) => {
    expect(percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], share)).toBe(expected);
  });

  test('of nothing is nothing', () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });
});
