import { describe, expect, it } from 'vitest';
import { OTHER } from '../sketch/counted-names.ts';
import { KINDS_MAX, KindCounts } from './kind-counts.ts';
import { LastTools, otherPair, pairOf } from './last-tools.ts';
import { SEEN_NAMES_MAX, SeenNames } from './seen-names.ts';

describe('KindCounts', () => {
  it('counts kinds in each part, most frequent first', () => {
    const kinds = new KindCounts(3, 'tools');
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

  it('tells so many kinds apart and no more, each from its first time on or never', () => {
    const kinds = new KindCounts(2, 'tools');
    for (let at = 0; at < KINDS_MAX.tools; at += 1) kinds.add(0, `kind-${at}`);
    expect(kinds.rows().has(OTHER)).toBe(false);
    for (let at = 0; at < 1_000; at += 1) kinds.add(1, `flood-${at % 500}`);
    kinds.add(1, 'kind-0');
    expect(kinds.rows().size).toBe(KINDS_MAX.tools + 1);
    expect(kinds.mix().slice(0, 2)).toEqual([
      [OTHER, 1_000],
      ['kind-0', 2],
    ]);
    expect([kinds.count, kinds.counts()[1]]).toEqual([KINDS_MAX.tools + 1_001, 1_001]);
  });

  it('tells those apart that were chosen, whatever comes before them', () => {
    const chosen = new Set(['a', 'b']);
    const [closedTo, open] = [false, true].map((isOpen) => new KindCounts(1, 'tools', { kinds: chosen, isOpen }));
    for (const counts of [closedTo, open]) for (const kind of ['c', 'a', 'b', 'c']) counts?.add(0, kind);
    expect(closedTo?.mix()).toEqual([
      [OTHER, 2],
      ['a', 1],
      ['b', 1],
    ]);
    expect(open?.mix()).toEqual([
      ['c', 2],
      ['a', 1],
      ['b', 1],
    ]);
    for (let at = 0; at < KINDS_MAX.tools; at += 1) open?.add(0, `flood-${at}`);
    expect(open?.rows().get(OTHER)).toEqual(Uint32Array.of(3));
  });

  it('counts pairs that are not told apart with those of the same first tool', () => {
    const pair = (first: string, next: string) => JSON.stringify([first, next]);
    const pairs = new KindCounts(1, 'transitions', { kinds: new Set([pair('a', 'b')]), isOpen: false });
    for (const next of ['b', 'c', 'd']) for (const first of ['a', 'x']) pairs.add(0, pair(first, next));
    expect(pairs.mix()).toEqual([
      [OTHER, 3],
      [otherPair('a'), 2],
      [pair('a', 'b'), 1],
    ]);
  });
});

describe('SeenNames', () => {
  it('knows so many names, and says when there are more', () => {
    const seen = new SeenNames();
    for (let at = 0; at < SEEN_NAMES_MAX; at += 1) seen.add(`name-${at}`, at, 'ex');
    seen.add('name-0', 1, 'ex');
    for (const atMs of [9, 10]) seen.add('name-0', atMs, 'ex-9');
    expect(seen.isFull).toBe(false);
    expect(seen.names().get('name-0')).toEqual({ count: 2, firstMs: 0, exchange: 'ex', lastExchange: 'ex-9' });
    seen.add('one more', 0, 'ex');
    expect([seen.isFull, seen.names().size, seen.count]).toEqual([true, SEEN_NAMES_MAX, SEEN_NAMES_MAX + 4]);
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
