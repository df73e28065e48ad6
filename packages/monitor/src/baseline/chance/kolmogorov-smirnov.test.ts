import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { distanceByChance, largestDistance, normedWasserstein, stepsOf } from './kolmogorov-smirnov.ts';

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

const values = fc.array(fc.double({ min: 1, max: 5_000, noNaN: true }), { minLength: 1, maxLength: 200 });
const shareUpTo = (all: readonly number[], bound: number) => all.filter((value) => value <= bound).length / all.length;

describe('largestDistance()', () => {
  it('is never larger than that of the values themselves, and as large where bins tell them apart', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const exact = Math.max(...[...a, ...b].map((bound) => Math.abs(shareUpTo(a, bound) - shareUpTo(b, bound))));
        expect(largestDistance(stepsOf(sketchOf(a), sketchOf(b)))).toBeLessThanOrEqual(exact + 1e-12);
        const apart = (list: readonly number[]) => list.map((value) => 1.05 ** Math.round(value / 50));
        const [c, d] = [apart(a), apart(b)];
        const same = Math.max(...[...c, ...d].map((bound) => Math.abs(shareUpTo(c, bound) - shareUpTo(d, bound))));
        expect(largestDistance(stepsOf(sketchOf(c), sketchOf(d)))).toBeCloseTo(same, 12);
      }),
    );
  });

  it('takes no difference from a lowest bin that was folded', () => {
    const spread = Array.from({ length: 1_000 }, (_, at) => 1e-3 * 1.02 ** at);
    const folded = sketchOf(spread);
    expect(folded.bins().isFolded).toBe(true);
    const again = sketchOf(spread.toReversed());
    expect(largestDistance(stepsOf(folded, again))).toBe(0);
    // The same values, of which one more is too large for the others to be told apart.
    const more = sketchOf([...spread, 1e9]);
    expect(largestDistance(stepsOf(folded, more))).toBeLessThan(0.002);
  });
});

describe('distanceByChance()', () => {
  it.each([
    [0.05, 0.999, 1],
    // Critical values of 5 % and 1 %: 1.358 and 1.628 over the root of n m / (n + m).
    [1.358 / Math.sqrt(5_000), 0.048, 0.051],
    [1.628 / Math.sqrt(5_000), 0.009, 0.0101],
  ])('of %d is what tables say', (distance, low, high) => {
    const sample = distance === 0.05 ? 20 : 10_000;
    const p = distanceByChance(distance, [sample, sample]);
    expect(p).toBeGreaterThanOrEqual(low);
    expect(p).toBeLessThanOrEqual(high);
  });

  it.each([
    [0.001, 0.001],
    [3.99, 1_000],
    [1_000, 3.99],
  ])('is 1 where %d and %d values would decide, and less from four on', (n, m) => {
    expect(distanceByChance(1, [n, m])).toBe(1);
    expect(distanceByChance(1, [Math.max(4, n), Math.max(4, m)])).toBeLessThan(0.05);
  });

  it('is 1 of nothing, and falls as the distance grows', () => {
    expect(distanceByChance(1, [0, 10])).toBe(1);
    for (let at = 1; at < 100; at += 1) {
      expect(distanceByChance(at / 100, [200, 300])).toBeLessThanOrEqual(distanceByChance((at - 1) / 100, [200, 300]));
    }
  });
});

describe('normedWasserstein()', () => {
  it('says how far values moved, in standard deviations of those before', () => {
    const before = Array.from({ length: 1_000 }, (_, at) => 100 + at);
    const moved = before.map((value) => value + 500);
    const deviation = Math.sqrt((1_000 * 1_000 - 1) / 12);
    const found = normedWasserstein(stepsOf(sketchOf(before), sketchOf(moved)));
    expect(found / (500 / deviation)).toBeCloseTo(1, 1);
    expect(normedWasserstein(stepsOf(sketchOf(before), sketchOf(before)))).toBe(0);
  });

  it('is finite where all values were the same', () => {
    const found = normedWasserstein(stepsOf(sketchOf([400, 400]), sketchOf([800, 800])));
    expect(found).toBeGreaterThan(10);
    expect(found).toBeLessThan(100);
  });
});
