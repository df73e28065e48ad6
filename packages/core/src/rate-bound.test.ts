import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialAtMost, rateUpperBound, sampleNeeded, toleratedCount } from './rate-bound.ts';

const confidence = 0.95;

describe('binomialAtMost()', () => {
  it('adds up to what the counts say, and to 1 over all', () => {
    expect(binomialAtMost(1, 3, 0.5)).toBeCloseTo(0.5, 12);
    expect(binomialAtMost(0, 2, 0.1)).toBeCloseTo(0.81, 12);
    expect(binomialAtMost(7, 7, 0.3)).toBe(1);
  });

  it('does not lose small rates of large samples', () => {
    // Poisson with mean 3: e^-3 (1 + 3 + 4.5)
    expect(binomialAtMost(2, 1_000_000, 3e-6)).toBeCloseTo(0.42319, 5);
    expect(binomialAtMost(1_000_000 / 2, 1_000_000, 0.5)).toBeCloseTo(0.5004, 3);
  });
});

describe('rateUpperBound()', () => {
  it('is the bound of Clopper and Pearson', () => {
    // No hit: 1 - 0.05^(1/n). One hit of ten: the 95 % point of a Beta(2, 9).
    expect(rateUpperBound(0, 100, confidence)).toBeCloseTo(1 - 0.05 ** 0.01, 9);
    expect(rateUpperBound(1, 10, confidence)).toBeCloseTo(0.394163, 5);
    expect(rateUpperBound(10, 10, confidence)).toBe(1);
    expect(rateUpperBound(0, 0, confidence)).toBe(1);
  });

  it('rises with the hits and falls with the draws', () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 100, max: 3_000 }));
    fc.assert(
      fc.property(counts, ([count, trials]) => {
        const bound = rateUpperBound(count, trials, confidence);
        expect(bound).toBeGreaterThan(count / trials);
        expect(rateUpperBound(count + 1, trials, confidence)).toBeGreaterThan(bound);
        expect(rateUpperBound(count, trials + 50, confidence)).toBeLessThan(bound);
      }),
    );
  });
});

describe('toleratedCount()', () => {
  it('is the last count whose upper bound keeps the rate', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 6_000 }), fc.double({ min: 0.001, max: 0.2, noNaN: true }));
    fc.assert(
      fc.property(cases, ([trials, rate]) => {
        const count = toleratedCount(trials, rate, confidence);
        if (count !== undefined) expect(rateUpperBound(count, trials, confidence)).toBeLessThanOrEqual(rate + 1e-9);
        const next = count === undefined ? 0 : count + 1;
        expect(rateUpperBound(next, trials, confidence)).toBeGreaterThan(rate - 1e-9);
      }),
      { seed: 6 },
    );
  });

  it('needs 2,995 draws without a hit for one in a thousand', () => {
    expect(sampleNeeded(0.001, confidence)).toBe(2_995);
    expect(toleratedCount(2_994, 0.001, confidence)).toBeUndefined();
    expect(toleratedCount(2_995, 0.001, confidence)).toBe(0);
    expect(sampleNeeded(0.01, confidence)).toBe(299);
  });
});
