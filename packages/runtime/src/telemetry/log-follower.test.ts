import type { SignalRecord } from '@sallyport/core';
import { encodeRecord } from '@sallyport/record';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { LogFollower } from './log-follower.ts';
import { BATCH_BYTES_MAX, BATCH_LINES_MAX, RETRY_FIRST_MS } from './sink-queue.ts';

const GATHER_MS = 10;

const signal = (n: number): SignalRecord => ({
  v: 1,
  kind: 'signal',
  step: 'changed',
  exchange: `${n}`,
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

interface Options {
  readonly next?: number | 'broken';
  readonly maxBehind?: number;
  readonly linesOf?: (exchange: string) => readonly string[];
  readonly size?: number;
  readonly first?: number;
}

/** A log in memory, and a sink that does what the test says. */
function rig({ next, maxBehind = 1_000, linesOf = (exchange) => [exchange], size = 0, first = 0 }: Options = {}) {
  const clock = new ManualClock();
  const leaves: Uint8Array[] = Array.from({ length: size }, (_, n) => encodeRecord(signal(n)));
  const told: string[][] = [];
  const failures: unknown[] = [];
  const saved: number[] = [];
  const answers: (Error | number | Promise<number>)[] = [];
  const log = {
    get size() {
      return leaves.length;
    },
    first,
    *leaves(from: number, to = leaves.length) {
      for (let index = Math.max(first, from); index < to; index += 1) {
        yield { index, leaf: leaves[index] as Uint8Array, hash: new Uint8Array(32), key: undefined };
      }
    },
  };
  const follower = new LogFollower({
    log,
    cursor: (onBroken) => ({
      next: next === 'broken' ? onBroken(new Error('broken')) : next,
      save: async (to) => void saved.push(to),
    }),
    linesOf: ({ exchange }) => linesOf(exchange),
    sink: {
      write: async (lines) => {
        const answer = await (answers.shift() ?? 0);
        if (answer instanceof Error) throw answer;
        told.push([...lines]);
        return answer;
      },
      close: async () => undefined,
    },
    maxBehind,
    gatherMs: GATHER_MS,
    after: clock.after,
    defer: setImmediate,
    onFailed: (error) => failures.push(error),
  });
  const append = (leaf: Uint8Array = encodeRecord(signal(leaves.length))) => {
    leaves.push(leaf);
    follower.noted();
  };
  /** Time passes, and all that follows. */
  const pass = async (ms = GATHER_MS) => {
    await clock.pass(ms);
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { follower, clock, told, failures, saved, answers, append, pass };
}

describe('LogFollower', () => {
  it('tells what comes from now on where nobody was told before, together what comes together', async () => {
    const { follower, told, saved, append, pass } = rig({ size: 3 });
    append();
    append();
    expect(follower.status()).toMatchObject({ waiting: 2, written: 0 });
    await pass();
    // Where it begins is noted before anything is told.
    expect([told, saved]).toEqual([[['3', '4']], [3, 5]]);
    append();
    await pass();
    expect([told.at(-1), saved]).toEqual([['5'], [3, 5, 6]]);
    expect(follower.status()).toEqual({ waiting: 0, waitingBytes: 0, written: 3, dropped: 0, failedWrites: 0 });
  });

  it('goes on from where it was, with nobody asking', async () => {
    const { told, pass } = rig({ size: 5, next: 3 });
    await pass();
    expect(told).toEqual([['3', '4']]);
  });

  it('loses nothing while a sink is gone, and tells of the outage once', async () => {
    const { follower, told, failures, saved, answers, append, pass } = rig();
    answers.push(new Error('gone'), new Error('gone'));
    append();
    await pass();
    append();
    expect(follower.status()).toMatchObject({ waiting: 2, written: 0, failedWrites: 1 });
    await pass(RETRY_FIRST_MS);
    expect([told, saved, failures.length]).toEqual([[], [0], 1]);
    await pass(2 * RETRY_FIRST_MS);
    expect([told, saved]).toEqual([[['0', '1']], [0, 2]]);
    expect(follower.status()).toMatchObject({ waiting: 0, written: 2, dropped: 0, failedWrites: 2 });
  });

  it('lets so many records wait, and passes over and counts the oldest one beyond', async () => {
    const held = rig({ size: 5, next: 2, maxBehind: 3 });
    await held.pass();
    expect([held.told, held.follower.status().dropped]).toEqual([[['2', '3', '4']], 0]);
    const over = rig({ size: 6, next: 2, maxBehind: 3 });
    await over.pass();
    expect([over.told, over.follower.status().dropped]).toEqual([[['3', '4', '5']], 1]);
  });

  it('counts what was archived meanwhile', async () => {
    const { follower, told, pass } = rig({ size: 5, next: 1, first: 3 });
    await pass();
    expect([told, follower.status().dropped]).toEqual([[['3', '4']], 2]);
  });

  it('begins at the end of a log that is shorter than it knew', async () => {
    const { told, append, pass } = rig({ size: 2, next: 9 });
    append();
    await pass();
    expect(told).toEqual([['2']]);
  });

  it('tells all that the log has again where it is not known how far it was', async () => {
    const { told, failures, pass } = rig({ size: 4, first: 2, next: 'broken' });
    await pass();
    expect([told, failures.length]).toEqual([[['2', '3']], 1]);
  });

  it('writes so many lines and bytes at once, and a record that is larger by itself alone', async () => {
    const line = 'x'.repeat(BATCH_BYTES_MAX / 2);
    const sizes: Record<string, readonly string[]> = {
      0: Array.from({ length: BATCH_LINES_MAX }, () => 'a'),
      1: ['b'],
      2: [line],
      3: [line, line, line],
      4: ['c'],
    };
    const { told, pass } = rig({ size: 5, next: 0, linesOf: (exchange) => sizes[exchange] ?? [] });
    await pass();
    expect(told.map(({ length }) => length)).toEqual([BATCH_LINES_MAX, 2, 3, 1]);
  });

  it('notes how far it was where there is nothing to tell', async () => {
    const { told, saved, pass } = rig({ size: 300, next: 0, linesOf: () => [] });
    await pass();
    expect([told, saved]).toEqual([[], [300]]);
  });

  it('counts a record that it fails on, and goes on', async () => {
    const { follower, told, failures, append, pass } = rig();
    append();
    append(new Uint8Array([1]));
    append();
    await pass();
    expect([told, failures.length, follower.status().dropped]).toEqual([[['0', '2']], 1, 1]);
  });

  it('counts lines that the sink will never take', async () => {
    const { follower, answers, failures, append, pass } = rig();
    answers.push(1);
    append();
    append();
    await pass();
    expect(follower.status()).toMatchObject({ waiting: 0, written: 1, dropped: 1 });
    expect(failures).toHaveLength(1);
  });

  it('tells what is left when it closes, and no longer than it was told to', async () => {
    const { follower, told, saved, append } = rig();
    append();
    await follower.close(1_000);
    expect([told, saved]).toEqual([[['0']], [0, 1]]);
    const slow = rig();
    slow.answers.push(new Promise(() => undefined));
    slow.append();
    const closing = slow.follower.close(100);
    await slow.clock.pass(100);
    await closing;
    // The next start goes on from there.
    expect([slow.saved, slow.follower.status()]).toEqual([[0], expect.objectContaining({ written: 0, dropped: 0 })]);
  });
});
