import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random-from.ts';
import { findStart } from './find-start.ts';
import { kindScore, levelScore, transitionScore } from './start-scores.ts';

const HOURS = 168;
const REFERENCE = {
  designEffect: 1,
  kinds: new Map([
    ['hit', 50],
    ['miss', 950],
  ]),
};

function ratesOf(shareAt: (hour: number) => number, seed: number, perHour = 20) {
  const random = randomFrom(seed);
  const hits = Float64Array.from({ length: HOURS }, (_, at) =>
    Array.from({ length: perHour }, () => Number(random() < shareAt(at))).reduce((sum, hit) => sum + hit, 0),
  );
  return new Map([
    ['hit', hits],
    ['miss', hits.map((count) => perHour - count)],
  ]);
}

const startOf = (shareAt: (hour: number) => number, seed: number) =>
  findStart(HOURS, kindScore(ratesOf(shareAt, seed), REFERENCE));

describe('findStart()', () => {
  it('finds since when a share is another one, and bounds that hold it nearly always', () => {
    const starts = Array.from({ length: 60 }, (_, seed) => startOf((hour) => (hour < 100 ? 0.05 : 0.15), seed));
    const near = starts.filter((start) => start !== undefined && Math.abs(start.from - 100) <= 6);
    expect(near.length).toBeGreaterThan(50);
    const held = starts.filter((start) => start !== undefined && start.low <= 100 && start.high >= 100);
    expect(held.length).toBeGreaterThanOrEqual(54);
    expect(starts.filter((start) => start?.until !== undefined)).toEqual([]);
  });

  it('begins with the period where it had moved before', () => {
    expect(startOf(() => 0.15, 1)).toMatchObject({ from: 0, low: 0 });
  });

  it('says when it had gone back', () => {
    const start = startOf((hour) => (hour >= 60 && hour < 80 ? 0.4 : 0.05), 2);
    expect(Math.abs((start?.from ?? 0) - 60)).toBeLessThanOrEqual(1);
    expect(Math.abs((start?.until ?? 0) - 80)).toBeLessThanOrEqual(1);
  });

  it('says nothing of a course in which nothing stands out', () => {
    const found = Array.from({ length: 40 }, (_, seed) => startOf(() => 0.05, seed)).filter(Boolean);
    expect(found.length).toBeLessThanOrEqual(4);
    expect(findStart(1, () => 0)).toBeUndefined();
  });
});

describe('levelScore()', () => {
  it('is the likelihood of two means against one, and of nothing zero', () => {
    const course = { counts: [10, 10], sums: [0, 10] };
    const score = levelScore(course, { count: 20, mean: 0, variance: 1, designEffect: 1 });
    // 10 values of mean 1 against 30 of mean 0.
    expect(score(1, 2)).toBeCloseTo(((10 * 30) / 40) * 0.5, 12);
    expect(score(1, 1)).toBe(0);
    const clustered = levelScore(course, { count: 20, mean: 0, variance: 1, designEffect: 5 });
    expect(clustered(1, 2)).toBeCloseTo(score(1, 2) / 5, 12);
  });
});

describe('transitionScore()', () => {
  const pair = (first: string, next: string) => JSON.stringify([first, next]);
  const kinds = new Map([
    [pair('a', 'b'), 100],
    [pair('a', 'c'), 100],
    [pair('d', 'e'), 100],
  ]);

  it('says nothing of how often the first of a pair comes', () => {
    const rows = new Map([
      [pair('a', 'b'), [50, 5]],
      [pair('a', 'c'), [50, 5]],
      [pair('d', 'e'), [50, 500]],
    ]);
    expect(transitionScore(rows, { kinds, designEffect: 1 })(1, 2)).toBeLessThan(1);
  });

  it('finds where something else follows', () => {
    const rows = new Map([
      [pair('a', 'b'), [50, 95]],
      [pair('a', 'c'), [50, 5]],
      [pair('d', 'e'), [50, 50]],
    ]);
    expect(transitionScore(rows, { kinds, designEffect: 1 })(1, 2)).toBeGreaterThan(20);
  });
});
