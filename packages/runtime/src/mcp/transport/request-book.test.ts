import type { RequestId } from '@sallyport/mcp';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { mcp } from '../../testing/mcp-ends.ts';
import { RequestBook } from './request-book.ts';

function open({ silenceMs = 1_000, maxPending = 2 }: { silenceMs?: number | undefined; maxPending?: number } = {}) {
  const clock = new ManualClock();
  const lost: (readonly [RequestId, string])[] = [];
  const book = new RequestBook({ clock, silenceMs, maxPending, onLost: (id, reason) => lost.push([id, reason]) });
  return { clock, lost, book };
}

const call = (id: RequestId, progressToken?: string | number) =>
  mcp({ id, method: 'tools/call', params: progressToken === undefined ? {} : { _meta: { progressToken } } });
const progress = (progressToken: string | number) =>
  mcp({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
const cancelled = (requestId: RequestId) => mcp({ method: 'notifications/cancelled', params: { requestId } });

describe('RequestBook', () => {
  test('loses a request at the end of its silence, once, and not before', async () => {
    const { clock, lost, book } = open();
    expect(book.sending(call(1))).toBe(true);
    await clock.pass(999);
    expect(lost).toEqual([]);
    await clock.pass(1);
    expect(lost).toEqual([[1, 'silent']]);
    expect(book.isOpen(1)).toBe(false);
    expect(book.receiving(mcp({ id: 1, result: {} }))).toBe('stray');
    expect(clock.pending).toBe(0);
  });

  test('counts silence from the last progress of that request, and not of another', async () => {
    const { clock, lost, book } = open();
    book.sending(call(1, 'one'));
    book.sending(call(2, 1));
    await clock.pass(600);
    book.receiving(progress('one'));
    book.receiving(progress('1'));
    await clock.pass(400);
    expect(lost).toEqual([[2, 'silent']]);
    await clock.pass(600);
    expect(lost).toEqual([
      [2, 'silent'],
      [1, 'silent'],
    ]);
  });

  test('counts no silence while the other side waits for us', async () => {
    const { clock, lost, book } = open();
    book.sending(call(1));
    book.receiving(mcp({ id: 'q', method: 'elicitation/create' }));
    await clock.pass(10_000);
    expect(lost).toEqual([]);
    expect(book.sending(mcp({ id: 'q', result: {} }))).toBe(true);
    await clock.pass(2_000);
    expect(lost).toEqual([[1, 'silent']]);
  });

  test('lets a subscription be silent for ever', async () => {
    const { clock, lost, book } = open();
    book.sending(mcp({ id: 1, method: 'subscriptions/listen' }));
    await clock.pass(1_000_000);
    expect([lost, book.isOpen(1)]).toEqual([[], true]);
  });

  test('takes as many requests of ours as its bound, and refuses one more, and one under an id that is taken', () => {
    const { lost, book } = open();
    expect([book.sending(call(1)), book.sending(call('1')), book.sending(call(3))]).toEqual([true, true, false]);
    expect(lost).toEqual([[3, 'refused']]);
    expect(book.receiving(mcp({ id: '1', result: {} }))).toBe('pass');
    expect(book.sending(call(1))).toBe(false);
    expect(book.sending(call(3))).toBe(true);
  });

  test('takes as many requests of theirs as its bound, each id once at a time', () => {
    const { book } = open();
    const verdicts = [1, 1, '1', 2].map((id) => book.receiving(call(id)));
    expect(verdicts).toEqual(['pass', 'refuse', 'pass', 'refuse']);
    expect(book.theirs).toEqual([1, '1']);
    expect([book.sending(mcp({ id: 1, result: {} })), book.sending(mcp({ id: 1, result: {} }))]).toEqual([true, false]);
    expect(book.receiving(call(2))).toBe('pass');
  });

  test('takes an answer only to what is open, once', () => {
    const { book } = open();
    book.sending(call(1));
    expect(book.receiving(mcp({ id: '1', result: {} }))).toBe('stray');
    expect(book.receiving(mcp({ error: { code: 1, message: '' } }))).toBe('stray');
    expect(book.receiving(mcp({ id: 1, error: { code: 1, message: '' } }))).toBe('pass');
    expect(book.receiving(mcp({ id: 1, result: {} }))).toBe('stray');
  });

  test('forgets what was taken back, either way', async () => {
    const { clock, lost, book } = open();
    book.sending(call(1));
    book.receiving(call(1));
    expect(book.sending(cancelled(1))).toBe(true);
    expect(book.receiving(cancelled(1))).toBe('pass');
    expect(book.receiving(cancelled(1))).toBe('stray');
    expect(book.pending).toBe(0);
    await clock.pass(10_000);
    expect(lost).toEqual([]);
  });

  test('loseAll() loses each of ours once, and forgets theirs', () => {
    const { lost, book, clock } = open();
    book.sending(call(1));
    book.sending(call(2));
    book.receiving(call(1));
    book.loseAll('gone');
    book.loseAll('gone');
    expect(lost).toEqual([
      [1, 'gone'],
      [2, 'gone'],
    ]);
    expect([book.pending, clock.pending]).toEqual([0, 0]);
  });

  test('relatedTo() says which request of ours a message belongs to, where it says so itself', () => {
    const { book } = open({ maxPending: 3 });
    book.sending(call(1, 'p'));
    book.sending(mcp({ id: 's', method: 'subscriptions/listen' }));
    const told = (subscription: string) =>
      mcp({ method: 'notifications/x', params: { _meta: { 'io.modelcontextprotocol/subscriptionId': subscription } } });
    expect(book.relatedTo(progress('p'))).toBe(1);
    expect(book.relatedTo(told('s'))).toBe('s');
    for (const other of [progress('q'), told('t'), mcp({ method: 'notifications/x' }), call(9)]) {
      expect(book.relatedTo(other)).toBeUndefined();
    }
  });
});
