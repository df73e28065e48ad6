import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random-from.ts';
import { designEffect } from './design-effect.ts';

const BUCKETS = 168;
const hourOf = (bucket: number) => bucket % 24;

/** 50 observations an hour over a week, of 0 or 1. */
function weekOf(chanceOf: (hour: number, day: number) => number, seed: number) {
  const random = randomFrom(seed);
  const counts = new Float64Array(BUCKETS).fill(50);
  const sums = Float64Array.from({ length: BUCKETS }, (_, at) => {
    const chance = chanceOf(at % 24, Math.floor(at / 24));
    return Array.from({ length: 50 }, () => Number(random() < chance)).filter(Boolean).length;
  });
  const share = sums.reduce((sum, hits) => sum + hits, 0) / (50 * BUCKETS);
  return { counts, columns: [{ sums, variance: share * (1 - share) }] };
}

const middleOf = (effects: readonly number[]) => [...effects].sort((a, b) => a - b)[effects.length / 2] ?? 0;
const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe('designEffect()', () => {
  it('is near 1 where observations have nothing to do with each other, and never below', () => {
    const effects = seeds.map((seed) => designEffect({ ...weekOf(() => 0.3, seed), classOf: () => 0 }));
    expect(Math.min(...effects)).toBeGreaterThanOrEqual(1);
    expect(middleOf(effects)).toBeLessThan(1.6);
  });

  it('takes out what is so at the same hour of every day', () => {
    const daily = (hour: number) => (hour < 12 ? 0.1 : 0.5);
    const [blind, seeing] = [() => 0, hourOf].map((classOf) =>
      middleOf(seeds.map((seed) => designEffect({ ...weekOf(daily, seed), classOf }))),
    );
    expect(blind).toBeGreaterThan(5);
    expect(seeing).toBeLessThan(1.6);
  });

  it('finds what differs from day to day, though hours of a day are alike', () => {
    const byDay = [0.2, 0.4, 0.25, 0.35, 0.2, 0.4, 0.3];
    const effects = seeds.map((seed) =>
      designEffect({ ...weekOf((_, day) => byDay[day] ?? 0, seed), classOf: hourOf }),
    );
    // 1,200 observations a day, whose share has a deviation of 0.085: 1 + 1,200 * 0.085^2 / 0.21 and some.
    expect(middleOf(effects)).toBeGreaterThan(20);
    expect(middleOf(effects)).toBeLessThan(80);
  });

  it('adds up over kinds', () => {
    const { counts, columns } = weekOf((_, day) => (day % 2 === 0 ? 0.2 : 0.4), 1);
    const [hits] = columns;
    const misses = { sums: counts.map((count, at) => count - (hits?.sums[at] ?? 0)), variance: hits?.variance ?? 0 };
    const one = designEffect({ counts, columns, classOf: hourOf });
    const both = designEffect({ counts, columns: [...columns, misses], classOf: hourOf });
    expect(both).toBeCloseTo(one, 9);
  });

  it('is 1 of what never varies, and of what came in too few parts', () => {
    const counts = new Float64Array(BUCKETS);
    expect(designEffect({ counts, columns: [{ sums: counts, variance: 0 }], classOf: hourOf })).toBe(1);
    for (const at of [0, 1, 2, 3, 4]) counts[at] = 100;
    const sums = counts.map((count, at) => (at % 2 === 0 ? count : 0));
    expect(designEffect({ counts, columns: [{ sums, variance: 0.25 }], classOf: hourOf })).toBe(1);
  });
});
