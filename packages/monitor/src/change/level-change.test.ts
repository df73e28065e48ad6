import { describe, expect, it } from 'vitest';
import type { Change } from './change.ts';
import { LevelChange, type LevelOptions } from './level-change.ts';

/** Levels that scatter evenly by a tenth, the same each time. */
function* around(middle: number, count: number): Generator<number> {
  for (let at = 0; at < count; at += 1) yield middle * (0.9 + 0.2 * (((at * 7_919) % 101) / 100));
}

function changesIn(values: Iterable<number>, options?: LevelOptions): readonly Change[] {
  const detector = new LevelChange(options);
  return [...values].flatMap((value) => detector.observe(value) ?? []);
}

describe('LevelChange', () => {
  it.each([
    ['rises', 100, 150, 'up'],
    ['falls', 100, 60, 'down'],
    ['rises from next to nothing', 1e-6, 3e-6, 'up'],
  ] as const)('finds once that a level %s, and from what to what', (...row) => {
    const [, before, after, direction] = row;
    const [change, ...more] = changesIn([...around(before, 1_000), ...around(after, 1_000)]);
    expect(more).toEqual([]);
    expect(change?.direction).toBe(direction);
    expect((change?.before ?? 0) / before).toBeCloseTo(1, 1);
    // What is far away counts as less far: the new level is shown between the two.
    const [low, high] = [Math.min(before, after), Math.max(before, after)];
    expect(change?.after).toBeGreaterThan(low * 0.9);
    expect(change?.after).toBeLessThan(high * 1.1);
    expect((change?.after ?? 0) > (change?.before ?? 0)).toBe(direction === 'up');
    expect(change?.since).toBeLessThan(100);
    expect(change?.strength).toBeGreaterThanOrEqual(1);
  });

  it('says nothing of a level that stays, of one stray value, and of what is no number', () => {
    const quiet = [...around(100, 5_000)];
    expect(changesIn(quiet)).toEqual([]);
    expect(changesIn([...quiet, 1e9, Number.NaN, Number.POSITIVE_INFINITY, ...around(100, 1_000)])).toEqual([]);
  });

  it('says nothing before it has learnt, then learns what is usual anew', () => {
    const detector = new LevelChange({ batch: 2, warmUp: 10 });
    for (const value of around(100, 19)) detector.observe(value);
    expect(detector.isLearning).toBe(true);
    expect(detector.observe(100)).toBeUndefined();
    expect(detector.isLearning).toBe(false);
    const moved = [...around(500, 60)].findIndex((value) => detector.observe(value) !== undefined);
    expect(moved).toBeGreaterThan(0);
    expect(detector.isLearning).toBe(true);
    expect(detector.usual).toBeUndefined();
  });

  it('compares by differences where it is told to, for levels that may be zero or negative', () => {
    const scale = 'difference';
    const still = [...around(1, 1_000)].map((value) => value - 1);
    const moved = still.map((value) => value + 0.5);
    expect(changesIn([...still, ...moved], { scale }).map(({ direction }) => direction)).toEqual(['up']);
    expect(changesIn(still, { scale })).toEqual([]);
  });

  it('of a level that never moved takes a small move for none', () => {
    const still = new Array<number>(1_000).fill(100);
    expect(changesIn([...still, ...new Array<number>(1_000).fill(100.5)])).toEqual([]);
    expect(changesIn([...still, ...new Array<number>(1_000).fill(120)])).toHaveLength(1);
  });
});
