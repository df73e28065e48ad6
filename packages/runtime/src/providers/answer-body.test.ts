import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { AnswerBody } from './answer-body.ts';
import { ReadingRoom, ROOM_BYTES, ROOMY_READ_BYTES, SMALL_READ_BYTES } from './reading-room.ts';

/** The connection's side: says whether it was paused, and why it was cut. */
function connection(room = new ReadingRoom()) {
  const state = { paused: false, aborted: false, reason: null as Error | null };
  const controller: Dispatcher.DispatchController = {
    get aborted() {
      return state.aborted;
    },
    get paused() {
      return state.paused;
    },
    get reason() {
      return state.reason;
    },
    abort: (reason) => Object.assign(state, { aborted: true, reason }),
    pause: () => Object.assign(state, { paused: true }),
    resume: () => Object.assign(state, { paused: false }),
  };
  return { state, body: new AnswerBody(controller, room) };
}

const text = ({ value }: IteratorResult<Uint8Array, undefined>) => Buffer.from(value ?? []).toString();

describe('AnswerBody', () => {
  it('hands over what waits in one piece, in order, then what comes, then the end', async () => {
    const { body } = connection();
    for (const piece of ['a', 'b', 'c']) body.push(Buffer.from(piece));
    expect(text(await body.next())).toBe('abc');
    const next = body.next();
    body.push(Buffer.from('d'));
    expect(text(await next)).toBe('d');
    body.end();
    expect((await body.next()).done).toBe(true);
  });

  it('hands over together what came together while its reader waited', async () => {
    const { body } = connection();
    const next = body.next();
    for (const piece of ['a', 'b', 'c']) body.push(Buffer.from(piece));
    body.end();
    expect(text(await next)).toBe('abc');
    expect((await body.next()).done).toBe(true);
  });

  it('pauses the connection when half as much waits as a read may bring, and resumes it once that was read', async () => {
    const { body, state } = connection();
    body.push(Buffer.alloc(ROOMY_READ_BYTES / 2 - 1));
    expect(state.paused).toBe(false);
    body.push(Buffer.alloc(1));
    expect(state.paused).toBe(true);
    expect((await body.next()).value?.length).toBe(ROOMY_READ_BYTES / 2);
    expect(state.paused).toBe(false);
  });

  it('lets less wait while other answers hold all that may be held', async () => {
    const room = new ReadingRoom();
    const slow = connection(room);
    slow.body.push(Buffer.alloc(ROOM_BYTES));
    await slow.body.next();
    const { body, state } = connection(room);
    body.push(Buffer.alloc(SMALL_READ_BYTES / 2 - 1));
    expect(state.paused).toBe(false);
    body.push(Buffer.alloc(1));
    expect(state.paused).toBe(true);
  });

  it.each<[string, (body: AnswerBody) => unknown]>([
    ['reads on', (body) => body.next()],
    ['stops', (body) => body.return()],
    ['loses its provider', (body) => body.fail(new Error('cut'))],
  ])('gives room back when its reader %s', async (_, end) => {
    const room = new ReadingRoom();
    const { body } = connection(room);
    body.push(Buffer.alloc(ROOM_BYTES));
    await body.next();
    expect(room.readBytes).toBe(SMALL_READ_BYTES);
    void end(body);
    expect(room.readBytes).toBe(ROOMY_READ_BYTES);
  });

  it('takes no room for an answer that nobody reads', () => {
    const room = new ReadingRoom();
    connection(room).body.push(Buffer.alloc(ROOM_BYTES));
    expect(room.readBytes).toBe(ROOMY_READ_BYTES);
  });

  it('gives an error before what waits: an answer that was cut off is not released', async () => {
    const { body } = connection();
    body.push(Buffer.from('half'));
    body.fail(new Error('cut'));
    await expect(body.next()).rejects.toThrow('cut');
  });

  it('drains a little behind an answer that was read to its last event, and cuts what is longer', async () => {
    const { body, state } = connection();
    await body.return();
    body.push(Buffer.alloc(16_384));
    expect(state.aborted).toBe(false);
    body.push(Buffer.alloc(1));
    expect(state.aborted).toBe(true);
  });
});
