import { describe, expect, it } from 'vitest';
import { OTHER } from '../sketch/counted-names.ts';
import { KINDS_MAX, KindCounts } from './kind-counts.ts';
import { LastTools, pairOf } from './last-tools.ts';
import { SEEN_NAMES_MAX, SeenNames } from './seen-names.ts';

describe('KindCounts', () => {
  it('counts kinds in each part, most frequent first', () => {
    const kinds = new KindCounts(3);
    for (const [bucket, kind] of [
      [0, 'a'],
      [2, 'b'],
      [2, 'b'],
      [1, 'a'],
      [1, 'b'],
    ] as const)
      kinds.add(bucket, kind);
    expect(kinds.mix()).toEqual([
      ['b', 3],
      ['a', 2],
    ]);
    expect([...kinds.counts()]).toEqual([1, 2, 2]);
    expect([...(kinds.rows().get('b') ?? [])]).toEqual([0, 1, 2]);
    expect(kinds.count).toBe(5);
  });

  it('keeps so many kinds and no more, and none that comes often makes room for a flood', () => {
    const kinds = new KindCounts(2);
    for (let at = 0; at < 10; at += 1) kinds.add(0, 'often');
    for (let at = 0; at < KINDS_MAX - 1; at += 1) kinds.add(0, `once-${at}`);
    expect(kinds.rows().size).toBe(KINDS_MAX);
    expect(kinds.rows().has(OTHER)).toBe(false);
    for (let at = 0; at < 1_000; at += 1) kinds.add(1, `flood-${at}`);
    expect(kinds.rows().size).toBeLessThanOrEqual(KINDS_MAX + 1);
    expect(kinds.rows().has('often')).toBe(true);
    expect(kinds.count).toBe(10 + KINDS_MAX - 1 + 1_000);
    expect(kinds.counts()[1]).toBe(1_000);
  });
});

describe('SeenNames', () => {
  it('knows so many names, and says when there are more', () => {
    const seen = new SeenNames();
    for (let at = 0; at < SEEN_NAMES_MAX; at += 1) seen.add(`name-${at}`, at, 'ex');
    seen.add('name-0', 9, 'ex-9');
    expect(seen.isFull).toBe(false);
    expect(seen.names().get('name-0')).toEqual({ count: 2, firstMs: 0, exchange: 'ex' });
    seen.add('one more', 0, 'ex');
    expect([seen.isFull, seen.names().size, seen.count]).toEqual([true, SEEN_NAMES_MAX, SEEN_NAMES_MAX + 2]);
  });
});

describe('LastTools', () => {
  it('pairs each tool with the one before it in the same session', () => {
    const last = new LastTools();
    expect(pairOf(last.follow('s1', 'list'))).toEqual(['', 'list']);
    expect(pairOf(last.follow('s2', 'send'))).toEqual(['', 'send']);
    expect(pairOf(last.follow('s1', 'read "x"'))).toEqual(['list', 'read "x"']);
    for (let at = 0; at < 64; at += 1) last.follow(`other-${at}`, 'x');
    expect(pairOf(last.follow('s1', 'write'))).toEqual(['', 'write']);
    expect(pairOf(OTHER)).toEqual(['', '']);
    expect(pairOf('[')).toEqual(['', '']);
  });
});
