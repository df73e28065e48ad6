import { describe, expect, test } from 'vitest';
import { EndReader, mcp } from '../../testing/mcp-ends.ts';
import { IncomingQueue } from './incoming-queue.ts';

const message = (text: string) => ({ kind: 'message', message: mcp({ method: text }) }) as const;

describe('IncomingQueue', () => {
  test('hands out what came in order, to a reader that waits and to one that comes later, and nothing behind the end', async () => {
    const queue = new IncomingQueue(1_000);
    const reader = new EndReader({ incoming: queue });
    const first = reader.next();
    queue.push(message('a'));
    queue.push({ kind: 'lost', id: 1, reason: 'silent' });
    queue.push({ kind: 'ended', reason: 'gone' });
    queue.push(message('late'));
    expect(await first).toMatchObject({ message: { method: 'a' } });
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'silent' },
      { kind: 'ended', reason: 'gone' },
    ]);
    expect(queue.hasEnded).toBe(true);
  });

  test('has room up to its bound, and again when the reader took enough', async () => {
    const one = message('a');
    const queue = new IncomingQueue(one.message.bytes.length + 1);
    queue.push(one);
    expect(queue.hasRoom).toBe(true);
    queue.push(one);
    expect(queue.hasRoom).toBe(false);
    let isThere = false;
    const room = queue.room().then(() => {
      isThere = true;
    });
    await Promise.resolve();
    expect(isThere).toBe(false);
    await new EndReader({ incoming: queue }).next();
    await room;
    expect(queue.hasRoom).toBe(true);
  });

  test('keeps nothing for a reader that left', async () => {
    const queue = new IncomingQueue(1);
    queue.push(message('a'));
    const room = queue.room();
    for await (const _one of queue) break;
    await room;
    queue.push(message('b'));
    expect(queue.hasRoom).toBe(true);
    expect(await new EndReader({ incoming: queue }).rest()).toEqual([]);
  });
});
