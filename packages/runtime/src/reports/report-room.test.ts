import { EventEmitter } from 'node:events';
import type { RecordReader, StoredLeaf } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { ReportLog } from './read-report.ts';
import { REPORT_KEPT_MS, REPORTS_KEPT_MAX, ReportRoom } from './report-room.ts';

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
const days = (day: number) => ({ period: { ...period, to: `2026-02-${String(day).padStart(2, '0')}T00:00:00.000Z` } });
const STEP_MS = 7;

/** A log of so many records, with a clock that goes on by `STEP_MS` with each leaf that is read. */
function played(size: number) {
  const state = { nowMs: 0, first: 0, reads: 0, rests: [] as number[] };
  const rested = new EventEmitter();
  const leaf = Buffer.from(JSON.stringify({ v: 1, kind: 'retention', exchange: 'r', at: period.from, step: 'lifted' }));
  const reader: Partial<RecordReader> = {
    size,
    get first() {
      return state.first;
    },
    head: () => undefined,
    *leaves(from: number, to = size): Generator<StoredLeaf> {
      for (let index = from; index < Math.min(to, size); index += 1) {
        state.reads += 1;
        state.nowMs += STEP_MS;
        yield { index, leaf, key: 'r', hash: new Uint8Array(32) };
      }
    },
  };
  const log: ReportLog = {
    reader: reader as RecordReader,
    iso: () => `${state.nowMs}`,
    nowMs: () => state.nowMs,
    rest: async (tookMs) => {
      state.rests.push(tookMs);
      rested.emit('rest');
    },
  };
  return { room: new ReportRoom(log), state, rested };
}

describe('ReportRoom', () => {
  it('rests for as long as each step took', async () => {
    const { room, state } = played(100);
    await room.vendors({ period });
    expect(state.rests).toEqual([64 * STEP_MS, 36 * STEP_MS]);
  });

  it('reads no further when whoever asked went away, and makes the next one', async () => {
    const { room, state, rested } = played(1_000);
    const gone = new AbortController();
    rested.once('rest', () => gone.abort());
    expect(await room.impact({ period }, gone.signal)).toEqual({ fault: 'RATE_LIMITED' });
    expect(state.reads).toBe(64);
    expect(await room.impact({ period })).toHaveProperty('attacks');
  });

  it('gives a report again to whoever asks the same within a minute, and to nobody else', async () => {
    const { room, state } = played(1);
    const first = await room.vendors({ period });
    const madeMs = state.nowMs;
    state.nowMs = madeMs + REPORT_KEPT_MS - 1;
    expect(await room.vendors({ period })).toBe(first);
    expect(await room.vendors({ period, tenant: 'acme' })).toMatchObject({ tenant: 'acme' });
    expect(await room.impact({ period })).toMatchObject({ report: 'impact' });
    state.nowMs = madeMs + REPORT_KEPT_MS;
    expect(await room.vendors({ period })).not.toBe(first);
  });

  it('keeps so many reports, and of more the newest', async () => {
    const { room, state } = played(1);
    for (let day = 1; day <= REPORTS_KEPT_MAX; day += 1) await room.vendors(days(day));
    const reads = () => state.reads;
    const before = reads();
    await room.vendors(days(1));
    expect(reads()).toBe(before);
    await room.vendors(days(REPORTS_KEPT_MAX + 1));
    await room.vendors(days(2));
    expect(reads()).toBe(before + 1);
    await room.vendors(days(1));
    expect(reads()).toBe(before + 2);
  });

  it('says what was archived by the time that it had read', async () => {
    const { room, state, rested } = played(100);
    rested.once('rest', () => {
      state.first = 80;
    });
    expect(await room.vendors({ period })).toMatchObject({ log: { size: 100, archived: 80 } });
  });
});
