import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { AnswerBody, BODY_WAITING_MAX_BYTES } from './answer-body.ts';

/** The connection's side: says whether it was paused, and why it was cut. */
function connection() {
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
  return { state, body: new AnswerBody(controller) };
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

  it('pauses the connection at `BODY_WAITING_MAX_BYTES`, and resumes it once that was read', async () => {
    const { body, state } = connection();
    body.push(Buffer.alloc(BODY_WAITING_MAX_BYTES - 1));
    expect(state.paused).toBe(false);
    body.push(Buffer.alloc(1));
    expect(state.paused).toBe(true);
    expect((await body.next()).value?.length).toBe(BODY_WAITING_MAX_BYTES);
    expect(state.paused).toBe(false);
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
