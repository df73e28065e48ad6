import { describe, expect, it } from 'vitest';
import { BUCKETS_MAX, bucketAt, bucketsOf, hourOf } from './time-buckets.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 2, 1, 6);

describe('bucketsOf()', () => {
  it.each([
    [7 * DAY_MS, HOUR_MS, 168],
    [7 * DAY_MS + 1, 2 * HOUR_MS, 85],
    [30 * DAY_MS, 6 * HOUR_MS, 120],
    [BUCKETS_MAX * 28 * DAY_MS, 28 * DAY_MS, BUCKETS_MAX],
    [1, 60_000, 1],
  ])('cuts %d ms into parts of %d ms', (lengthMs, widthMs, count) => {
    expect(bucketsOf(START_MS, START_MS + lengthMs)).toEqual({ fromMs: START_MS, widthMs, count });
  });

  it('never cuts into more, however long the period is', () => {
    expect(bucketsOf(0, 100 * BUCKETS_MAX * 28 * DAY_MS).count).toBe(BUCKETS_MAX);
  });
});

describe('bucketAt()', () => {
  it('is the part that a time lies in, and nothing outside', () => {
    const buckets = bucketsOf(START_MS, START_MS + DAY_MS);
    expect(bucketAt(buckets, START_MS)).toBe(0);
    expect(bucketAt(buckets, START_MS - 1)).toBeUndefined();
    expect(bucketAt(buckets, START_MS + DAY_MS - 1)).toBe(buckets.count - 1);
    expect(bucketAt(buckets, START_MS + DAY_MS)).toBeUndefined();
    expect(hourOf(buckets, 0)).toBe(6);
    expect(hourOf(bucketsOf(START_MS, START_MS + 200 * DAY_MS), 7)).toBe(0);
  });
});
