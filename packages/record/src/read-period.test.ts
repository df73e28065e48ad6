import { describe, expect, it } from 'vitest';
import { PERIOD_MARGIN_MS, readPeriod } from './read-period.ts';
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

  it('finds records that stand out of order by up to the margin, and passes by what is farther away', async () => {
    const periodMs = START_MS + 10 * PERIOD_MARGIN_MS;
    const days = Array.from({ length: 21 }, (_, n) => START_MS + n * PERIOD_MARGIN_MS);
    days[9] = periodMs + 1;
    days[11] = periodMs + 2;
    days[20] = periodMs + 3;
    const store = await storeOf(days);
    expect(places(store, periodMs, periodMs + HOUR_MS)).toEqual([9, 10, 11]);
  });

  it('reads the part of a long log that is about the period', async () => {
    const store = await storeOf(Array.from({ length: 400 }, (_, n) => START_MS + n * PERIOD_MARGIN_MS));
    expect(places(store, START_MS + 300 * PERIOD_MARGIN_MS, START_MS + 302 * PERIOD_MARGIN_MS)).toEqual([300, 301]);
    expect(store.seen.size).toBeLessThan(20);
  });
});
