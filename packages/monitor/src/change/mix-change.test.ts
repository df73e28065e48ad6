import { expect, it } from 'vitest';
import { MixChange } from './mix-change.ts';

/** Kinds in their shares, in turn. */
function inTurn(kinds: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => kinds[at % kinds.length] ?? '');
}

it('MixChange finds once that a mix is another one, says what moved, and takes it for the usual one', () => {
  const detector = new MixChange({ window: 200 });
  const usual = inTurn(['stop', 'stop', 'stop', 'length'], 400);
  expect(usual.flatMap((kind) => detector.observe(kind) ?? [])).toEqual([]);
  const moves = inTurn(['stop', 'length'], 400).flatMap((kind) => detector.observe(kind) ?? []);
  expect(moves).toHaveLength(1);
  expect(moves[0]).toMatchObject({ direction: 'other', since: 200 });
  expect(moves[0]?.comparison.moved[0]).toEqual({ kind: 'stop', before: 0.75, after: 0.5 });
  expect(moves[0]?.strength).toBeGreaterThanOrEqual(1);
});

it('MixChange says nothing of the first window, and nothing of a difference that chance makes', () => {
  const detector = new MixChange({ window: 40 });
  for (const kind of inTurn(['a', 'b'], 39)) detector.observe(kind);
  expect(detector.isLearning).toBe(true);
  detector.observe('b');
  expect(detector.isLearning).toBe(false);
  const chance = inTurn(['a', 'a', 'a', 'b', 'b'], 40);
  expect(chance.flatMap((kind) => detector.observe(kind) ?? [])).toEqual([]);
});

it('MixChange tells so many kinds apart, and a flood of others is one', () => {
  const detector = new MixChange({ window: 200, kinds: 4 });
  const flood = (from: number) => Array.from({ length: 200 }, (_, at) => `kind-${from + at}`);
  for (const kind of flood(0)) detector.observe(kind);
  expect(flood(1_000).flatMap((kind) => detector.observe(kind) ?? [])).toEqual([]);
});
