import type { AuditRecord, SignalRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { WAITING_MAX } from '../record-queue.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { TelemetryRoom } from './telemetry-room.ts';

const OCSF = {
  folder: '',
  activity: false,
  maxFileBytes: 1_000_000,
  maxFiles: 2,
  maxWaitingEvents: 10_000,
  maxWaitingBytes: 100_000_000,
};

const LOG = {
  reader: { size: 0, first: 0, leaves: () => [] },
  cursor: () => ({ next: undefined, save: async () => undefined }),
};

const moved = (n: number): SignalRecord => ({
  v: 1,
  kind: 'signal',
  step: 'changed',
  exchange: `sig-${n}`,
  at: '2026-01-01T00:00:00.000Z',
  signal: 'latency',
  scope: 'gateway',
  name: '',
  direction: 'up',
  since: 40,
  from: '2026-01-01T00:00:00.000Z',
  strength: 3,
  exchanges: [],
});

function rig(ocsf: typeof OCSF | undefined = OCSF, write?: () => Promise<void>) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const reported: string[] = [];
  const turns: (() => void)[] = [];
  const room = new TelemetryRoom({
    telemetry: { ocsf, otlp: undefined },
    about: { version: '0', instance: 'i' },
    kindOf: () => undefined,
    log: LOG,
    sink: {
      write: async (batch) => {
        await write?.();
        lines.push(...batch);
        return 0;
      },
      close: async () => undefined,
    },
    defer: (run) => turns.push(run),
    clock,
    onFailed: (name) => reported.push(name),
    report: ({ code }) => reported.push(code),
  });
  const settle = async () => {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { room, clock, lines, reported, turns, settle };
}

describe('TelemetryRoom', () => {
  it('makes events of records in a later turn, a line each', async () => {
    const { room, lines, settle } = rig();
    room.observe(moved(1));
    expect([lines, room.status().ocsf?.waiting]).toEqual([[], 0]);
    await settle();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ class_uid: 2004, metadata: { uid: 'sig-1' } }]);
    expect(room.status()).toMatchObject({ ocsf: { written: 1, dropped: 0 } });
  });

  it('does nothing where no sink is configured', async () => {
    const { room, turns } = rig(undefined);
    const off = new TelemetryRoom({
      telemetry: { ocsf: undefined, otlp: undefined },
      about: { version: '0', instance: 'i' },
      kindOf: () => undefined,
      log: LOG,
      defer: (run) => turns.push(run),
      clock: new ManualClock(),
      onFailed: () => undefined,
      report: () => undefined,
    });
    off.observe(moved(1));
    expect([turns.length, off.status()]).toEqual([0, {}]);
    await off.close();
    await room.close();
  });

  it('counts records that it cannot keep up with as dropped', () => {
    const { room } = rig();
    for (let n = 0; n < WAITING_MAX; n += 1) room.observe(moved(n));
    expect(room.status()).toMatchObject({ ocsf: { dropped: 0 } });
    room.observe(moved(0));
    expect(room.status()).toMatchObject({ ocsf: { dropped: 1 } });
  });

  it('reports a record that it fails on once, and goes on', async () => {
    const { room, lines, reported, settle } = rig();
    const broken = { ...moved(1), kind: 'opened' } as unknown as AuditRecord;
    for (const record of [broken, broken, moved(2)]) room.observe(record);
    await settle();
    expect([reported, lines.length]).toEqual([['INTERNAL'], 1]);
    expect(room.status()).toMatchObject({ ocsf: { dropped: 2, written: 1 } });
  });

  it('reports a sink that fails, and holds what it has', async () => {
    const { room, reported, settle } = rig(OCSF, () => Promise.reject(new Error('full')));
    room.observe(moved(1));
    await settle();
    expect(reported).toEqual(['ocsf']);
    expect(room.status()).toMatchObject({ ocsf: { waiting: 1, failedWrites: 1, dropped: 0 } });
  });

  it('tells what waits before it closes', async () => {
    const { room, lines } = rig();
    for (let n = 0; n < 200; n += 1) room.observe(moved(n));
    await room.close();
    expect(lines).toHaveLength(200);
  });
});
