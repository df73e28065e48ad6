import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { BATCH_BYTES_MAX, BATCH_LINES_MAX, RETRY_FIRST_MS, SinkQueue } from './sink-queue.ts';

/** A sink whose writes end when the test says so. */
function rig({ maxItems = 1_000, maxBytes = 10_000_000, gatherMs = 0 } = {}) {
  const clock = new ManualClock();
  const writes: { lines: readonly string[]; end: (refused?: number) => void; fail: () => void }[] = [];
  const told: unknown[] = [];
  let closed = 0;
  const queue = new SinkQueue({
    sink: {
      write: (lines) =>
        new Promise((resolve, reject) => {
          writes.push({ lines, end: (refused = 0) => resolve(refused), fail: () => reject(new Error('full')) });
        }),
      close: async () => {
        closed += 1;
      },
    },
    maxItems,
    maxBytes,
    ...(gatherMs > 0 && { gatherMs }),
    after: clock.after,
    onFailed: (error) => told.push(error),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { queue, clock, writes, told, settle, closed: () => closed };
}

describe('SinkQueue', () => {
  it('writes lines in order, so many at once, and one write at a time', async () => {
    const { queue, writes, settle } = rig();
    // The first line is on its way at once; what comes meanwhile goes with the next writes.
    for (let n = 0; n <= BATCH_LINES_MAX + 1; n += 1) queue.push(`${n}`);
    for (const n of [0, 1, 2]) {
      expect(writes).toHaveLength(n + 1);
      writes[n]?.end();
      await settle();
    }
    expect(writes.map(({ lines }) => lines.length)).toEqual([1, BATCH_LINES_MAX, 1]);
    expect(writes[2]?.lines).toEqual([`${BATCH_LINES_MAX + 1}`]);
    expect(queue.status()).toEqual({
      waiting: 0,
      waitingBytes: 0,
      written: BATCH_LINES_MAX + 2,
      dropped: 0,
      failedWrites: 0,
    });
    queue.push('next');
    expect(writes).toHaveLength(4);
  });

  it('holds so many lines, and drops and counts the next one', () => {
    const { queue } = rig({ maxItems: 3 });
    for (const line of ['a', 'b', 'c']) queue.push(line);
    expect(queue.status()).toMatchObject({ waiting: 3, dropped: 0 });
    queue.push('d');
    expect(queue.status()).toMatchObject({ waiting: 3, dropped: 1 });
  });

  it('holds so many bytes of UTF-8, and drops and counts one beyond', () => {
    const { queue } = rig({ maxBytes: 6 });
    queue.push('ééé');
    expect(queue.status()).toMatchObject({ waitingBytes: 6, dropped: 0 });
    queue.push('e');
    expect(queue.status()).toMatchObject({ waiting: 1, waitingBytes: 6, dropped: 1 });
  });

  it('tells of an outage once, tries again later each time, and loses nothing that it holds', async () => {
    const { queue, clock, writes, told, settle } = rig();
    queue.push('a');
    writes[0]?.fail();
    await settle();
    queue.push('b');
    expect(writes).toHaveLength(1);
    await clock.pass(RETRY_FIRST_MS);
    expect(writes[1]?.lines).toEqual(['a', 'b']);
    writes[1]?.fail();
    await settle();
    await clock.pass(2 * RETRY_FIRST_MS - 1);
    expect(writes).toHaveLength(2);
    await clock.pass(1);
    writes[2]?.end();
    await settle();
    expect(queue.status()).toMatchObject({ waiting: 0, written: 2, dropped: 0, failedWrites: 2 });
    expect(told).toHaveLength(1);
    queue.push('c');
    writes[3]?.fail();
    await settle();
    expect(told).toHaveLength(2);
  });

  it('writes what waits when it closes, and then closes the sink', async () => {
    const { queue, writes, closed } = rig();
    queue.push('a');
    const closing = queue.close(100);
    writes[0]?.end();
    await closing;
    expect([queue.status().written, closed()]).toEqual([1, 1]);
    queue.push('b');
    expect(queue.status()).toMatchObject({ waiting: 0, dropped: 1 });
  });

  it('waits no longer than it was told to, and counts what did not arrive', async () => {
    const { queue, clock, writes } = rig();
    queue.push('a');
    const closing = queue.close(100);
    await clock.pass(100);
    await closing;
    expect(writes).toHaveLength(1);
    expect(queue.status()).toMatchObject({ waiting: 0, waitingBytes: 0, dropped: 1 });
  });

  it('tries once more when it closes during an outage', async () => {
    const { queue, writes, settle } = rig();
    queue.push('a');
    writes[0]?.fail();
    await settle();
    const closing = queue.close(100);
    writes[1]?.fail();
    await closing;
    expect(writes).toHaveLength(2);
    expect(queue.status()).toMatchObject({ dropped: 1, failedWrites: 2 });
  });

  it('writes so many bytes at once, and what is larger by itself alone', async () => {
    const { queue, writes, settle } = rig({ gatherMs: 10 });
    const half = 'x'.repeat(BATCH_BYTES_MAX / 2);
    for (const line of [half, half, 'y', `${half}${half}z`, 'a']) queue.push(line);
    const closing = queue.close(100);
    for (const n of [0, 1, 2, 3]) {
      writes[n]?.end();
      await settle();
    }
    await closing;
    expect(writes.map(({ lines }) => lines.map(({ length }) => length))).toEqual([
      [half.length, half.length],
      [1],
      [BATCH_BYTES_MAX + 1],
      [1],
    ]);
  });

  it('lets lines gather before it writes them, after each write anew', async () => {
    const { queue, clock, writes, settle } = rig({ gatherMs: 10 });
    queue.push('a');
    await clock.pass(9);
    queue.push('b');
    expect(writes).toHaveLength(0);
    await clock.pass(1);
    expect(writes[0]?.lines).toEqual(['a', 'b']);
    queue.push('c');
    writes[0]?.end();
    await settle();
    // What came meanwhile went with it.
    expect(writes[1]?.lines).toEqual(['c']);
    writes[1]?.end();
    await settle();
    queue.push('d');
    expect(writes).toHaveLength(2);
    await clock.pass(10);
    expect(writes).toHaveLength(3);
  });

  it('counts lines that the sink will never take as dropped, and tells of the first ones', async () => {
    const { queue, writes, told, settle } = rig();
    for (const line of ['a', 'b', 'c']) queue.push(line);
    writes[0]?.end(1);
    await settle();
    writes[1]?.end(1);
    await settle();
    expect(queue.status()).toMatchObject({ waiting: 0, written: 1, dropped: 2, failedWrites: 0 });
    expect(told).toHaveLength(1);
  });
});
