import { describe, expect, it } from 'vitest';
import { PERIOD_MARGIN_MS, PERIOD_RUN, readPeriod } from './read-period.ts';
import { MemoryRecordStore } from './testing/memory-record-store.ts';
import { closed } from './testing/sample-records.ts';
import { openLog } from './testing/test-log.ts';

const START_MS = Date.parse('2026-03-01T00:00:00.000Z');
const HOUR_MS = 3_600_000;
const time = (ms: number) => new Date(ms).toISOString();

/** A store that tells which leaves were read. */
class WatchedStore extends MemoryRecordStore {
  readonly seen = new Set<number>();

  override *leaves(from: number, to?: number) {
    for (const leaf of super.leaves(from, to)) {
      this.seen.add(leaf.index);
      yield leaf;
    }
  }
}

async function storeOf(timesMs: readonly number[]): Promise<WatchedStore> {
  const store = new WatchedStore();
  const log = await openLog(store);
  for (const [n, atMs] of timesMs.entries()) await log.append({ ...closed(`x${n}`), at: time(atMs) });
  store.seen.clear();
  return store;
}

const places = (store: MemoryRecordStore, fromMs: number, toMs: number) =>
  Array.from(readPeriod(store, { from: time(fromMs), to: time(toMs) }), ({ index }) => index);

describe('readPeriod()', () => {
  it('yields the records of a period, its end not among them', async () => {
    const store = await storeOf(Array.from({ length: 10 }, (_, n) => START_MS + n * HOUR_MS));
    expect(places(store, START_MS + 2 * HOUR_MS, START_MS + 5 * HOUR_MS)).toEqual([2, 3, 4]);
    expect(places(store, START_MS - HOUR_MS, START_MS)).toEqual([]);
    const all = { from: time(START_MS), to: time(START_MS + 100 * HOUR_MS) };
    expect(Array.from(readPeriod(store, all, 3), ({ index }) => index)).toEqual([0, 1, 2]);
    expect(places(await storeOf([]), START_MS, START_MS + HOUR_MS)).toEqual([]);
  });

  it('finds records that stand out of order by up to the margin, and what a clock that was wrong for a while wrote', async () => {
    const periodMs = START_MS + 900 * PERIOD_MARGIN_MS;
    const days = Array.from({ length: 1_000 }, (_, n) => START_MS + n * PERIOD_MARGIN_MS);
    days[899] = periodMs + 1;
    days[901] = periodMs + 2;
    days[999] = periodMs + 3;
    // Wherever it is looked first.
    for (const n of [250, 500, 501, 750, 875]) days[n] = 0;
    for (const n of [890, 891]) days[n] = START_MS * 2;
    const store = await storeOf(days);
    expect(places(store, periodMs, periodMs + HOUR_MS)).toEqual([899, 900, 901, 999]);
  });

  it('reads on behind as many records of another time as a run has, and no further', async () => {
    const after = (count: number) => Array.from({ length: count }, () => START_MS + 9 * PERIOD_MARGIN_MS);
    const both = (count: number) => storeOf([START_MS, ...after(count), START_MS + 1]);
    expect(places(await both(PERIOD_RUN), START_MS, START_MS + HOUR_MS)).toEqual([0, PERIOD_RUN + 1]);
    expect(places(await both(PERIOD_RUN + 1), START_MS, START_MS + HOUR_MS)).toEqual([0]);
  });

  it('reads the part of a long log that is about the period', async () => {
    const store = await storeOf(Array.from({ length: 12_000 }, (_, n) => START_MS + n * HOUR_MS));
    expect(places(store, START_MS + 9_000 * HOUR_MS, START_MS + 9_002 * HOUR_MS)).toEqual([9_000, 9_001]);
    expect(store.seen.size).toBeLessThan(6_000);
  });
});
