import { describe, expect, it } from 'vitest';
import type { Change } from './change.ts';
import { LevelChange } from './level-change.ts';
import { RateChange } from './rate-change.ts';

/** One hit in so many observations, evenly. */
function* oneIn(every: number, count: number): Generator<boolean> {
  for (let at = 1; at <= count; at += 1) yield at % every === 0;
}

function changesIn(hits: Iterable<boolean>): readonly Change[] {
  const detector = new RateChange();
  return [...hits].flatMap((hit) => detector.observe(hit) ?? []);
}

describe('RateChange', () => {
  it.each([
    ['rises', 20, 4, 'up'],
    ['falls', 4, 20, 'down'],
    ['appears', 1_000_000, 10, 'up'],
    ['goes away', 3, 1_000_000, 'down'],
  ] as const)('finds once that a share %s', (...row) => {
    const [, before, after, direction] = row;
    const [change, ...more] = changesIn([...oneIn(before, 2_000), ...oneIn(after, 2_000)]);
    expect(more).toEqual([]);
    expect(change?.direction).toBe(direction);
    expect(change?.before).toBeCloseTo(1 / before, 2);
    expect(change?.after).toBeCloseTo(1 / after, 1);
    expect(change?.strength).toBeGreaterThanOrEqual(1);
  });

  it('says nothing of a share that stays, or moves by less than what is of interest', () => {
    for (const every of [1, 2, 7, 50, 1_000_000]) expect(changesIn(oneIn(every, 20_000))).toEqual([]);
    expect(changesIn([...oneIn(1_000, 5_000), ...oneIn(500, 5_000)])).toEqual([]);
  });

  it('says nothing before it has learnt, and takes what it learns by for usual', () => {
    const detector = new RateChange({ warmUp: 50 });
    for (let at = 0; at < 49; at += 1) expect(detector.observe(true)).toBeUndefined();
    expect(detector.isLearning).toBe(true);
    detector.observe(false);
    expect(detector.isLearning).toBe(false);
    expect(detector.usual).toBeCloseTo(0.98, 2);
  });
});

it('RateChange and LevelChange say when it began to move, by the time that they were given', () => {
  const [rate, level] = [new RateChange(), new LevelChange()];
  const [moves, levels]: [Change[], Change[]] = [[], []];
  for (let at = 0; at < 3_000; at += 1) {
    const moved = at >= 2_000;
    moves.push(...([rate.observe(moved ? at % 2 === 0 : at % 50 === 0, at)].filter(Boolean) as Change[]));
    levels.push(...([level.observe(moved ? 300 : 100 + (at % 7), at)].filter(Boolean) as Change[]));
  }
  for (const [move] of [moves, levels]) expect(Math.abs((move?.fromMs ?? 0) - 2_000)).toBeLessThanOrEqual(20);
});
