import type { AuditRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { RecordQueue, TAKEN_PER_TURN, WAITING_MAX } from './record-queue.ts';

const record = (n: number): AuditRecord => ({ v: 1, kind: 'interrupted', exchange: `ex-${n}`, at: '' });

/** A queue whose turns come when the test says so. */
function queued(take: (exchange: string) => void = () => undefined) {
  const turns: (() => void)[] = [];
  const queue = new RecordQueue({ take: ({ exchange }) => take(exchange), defer: (run) => turns.push(run) });
  const turn = () => turns.shift()?.();
  return { queue, turns, turn };
}

describe('RecordQueue', () => {
  it('takes nothing while a record is given, and all of it in order, some in each turn', () => {
    const taken: string[] = [];
    const { queue, turns, turn } = queued((exchange) => taken.push(exchange));
    for (let n = 0; n < TAKEN_PER_TURN + 1; n += 1) queue.push(record(n));
    expect([taken.length, turns.length]).toEqual([0, 1]);
    turn();
    expect([taken.length, turns.length]).toEqual([TAKEN_PER_TURN, 1]);
    queue.push(record(99));
    turn();
    expect(taken.slice(-2)).toEqual([`ex-${TAKEN_PER_TURN}`, 'ex-99']);
    expect(turns).toEqual([]);
  });

  it('holds so many, counts what is beyond, and takes again once there is room', () => {
    let taken = 0;
    const { queue, turns, turn } = queued(() => {
      taken += 1;
    });
    for (let n = 0; n < WAITING_MAX; n += 1) queue.push(record(n));
    expect(queue.dropped).toBe(0);
    queue.push(record(0));
    expect(queue.dropped).toBe(1);
    turn();
    for (let n = 0; n < TAKEN_PER_TURN; n += 1) queue.push(record(n));
    expect(queue.dropped).toBe(1);
    while (turns.length > 0) turn();
    expect(taken).toBe(WAITING_MAX + TAKEN_PER_TURN);
  });

  it('drain() takes all that waits at once, and leaves nothing for the turns that were due', () => {
    const taken: string[] = [];
    const { queue, turns, turn } = queued((exchange) => taken.push(exchange));
    for (let n = 0; n < 3 * TAKEN_PER_TURN; n += 1) queue.push(record(n));
    turn();
    queue.drain();
    expect(taken).toHaveLength(3 * TAKEN_PER_TURN);
    while (turns.length > 0) turn();
    expect(taken).toHaveLength(3 * TAKEN_PER_TURN);
    queue.push(record(7));
    turn();
    expect(taken.at(-1)).toBe('ex-7');
  });

  it('goes on for ever without growing', () => {
    let taken = 0;
    const { queue, turns, turn } = queued(() => {
      taken += 1;
    });
    for (let n = 0; n < 3 * WAITING_MAX; n += 1) {
      queue.push(record(n));
      // Never empty: a turn takes what came since the last one, but for the newest.
      if (n % TAKEN_PER_TURN === 0 && n > 0) turn();
    }
    while (turns.length > 0) turn();
    expect([taken, queue.dropped]).toEqual([3 * WAITING_MAX, 0]);
  });
});
