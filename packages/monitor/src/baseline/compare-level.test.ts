import { describe, expect, it } from 'vitest';
import { QuantileSketch } from '../sketch/quantile-sketch.ts';
import type { LevelSummary } from './baseline.ts';
import { compareLevel } from './compare-level.ts';

function summaryOf(values: readonly number[]): LevelSummary {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return { count: values.length, bins: sketch.bins(), logMean: 0, logVariance: 1, designEffect: 1 };
}

const times = (count: number, value: number) => new Array<number>(count).fill(value);
const directionOf = (before: readonly number[], after: readonly number[]) =>
  compareLevel('cost', { before: summaryOf(before), after: summaryOf(after), lengths: 1 }).direction;

describe('compareLevel()', () => {
  it('says where values went, though many are zero', () => {
    const before = [...times(500, 0), ...times(500, 1)];
    // Fewer zeros, and yet each costs half of it and all less.
    expect(directionOf(before, [...times(450, 0), ...times(550, 0.5)])).toBe('down');
    expect(directionOf(before, [...times(550, 0), ...times(450, 4)])).toBe('up');
    expect(directionOf(before, [...times(700, 0), ...times(300, 1)])).toBe('down');
  });

  it('says neither where quantiles went both ways, or the mean is that of a few', () => {
    expect(directionOf(times(1_000, 100), [...times(500, 50), ...times(500, 200)])).toBe('other');
    expect(directionOf(times(1_000, 100), [...times(900, 80), ...times(100, 5_000)])).toBe('other');
  });
});
