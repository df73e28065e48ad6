import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Arrival, type Client, conduct, type Upstreams } from '@sallyport/core';
import { openaiChat } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { HI } from './testing/answer-texts.ts';
import { eventOf } from './testing/chat-wire.ts';
import { ENDPOINT, ExchangeRig, PRINCIPAL } from './testing/exchange-rig.ts';

const WARM_UP = 60;
const STALLED = 100;
/** Bytes of the heap that an answer may keep while its client reads nothing: its state, and the end of its text. */
const KEPT_MAX_BYTES = 32_768;
const READ_BYTES = 65_536;

/** Pieces of an answer, each as large as a read, with nothing in them to act on. */
async function* pieces(size: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; ; index += 1) {
    const event = eventOf({ delta: { content: `word ${index} of an answer that does not end, `.repeat(size) } });
    yield Buffer.from(event.repeat(Math.ceil(READ_BYTES / event.length))).subarray(0, READ_BYTES - 100);
    yield Buffer.from(event.repeat(2).slice((READ_BYTES - 100) % event.length));
  }
}

/** Starts an answer whose client never takes what it is given the second time. */
function stall({ house }: ExchangeRig, index: number): Promise<() => void> {
  return new Promise((resolve) => {
    let writes = 0;
    const client: Client = {
      signal: new AbortController().signal,
      start: () => undefined,
      write: () => {
        writes += 1;
        // Whoever could go on with it keeps it in memory.
        return writes < 2 ? undefined : new Promise<void>((goOn) => resolve(goOn));
      },
      finish: () => undefined,
      break: () => undefined,
      reply: () => undefined,
    };
    const arrival: Arrival = {
      id: `x${index}`,
      principal: PRINCIPAL,
      adapter: openaiChat,
      endpoint: ENDPOINT,
      body: Buffer.from(HI),
      headers: {},
    };
    void conduct(arrival, house, client);
  });
}

describe('conduct() while clients read nothing', () => {
  it.each([
    ['short', 1],
    ['long', 24],
  ])('keeps no events, and of the text (in %s events) no more than its end', async (_, size) => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const asked: Upstreams['send'] = async ({ onTry }) => {
      const served = { provider: 'played', tries: 1 };
      onTry(served);
      return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: pieces(size), ...served };
    };
    const upstreams: Upstreams = { speaking: () => ['played'], send: asked, pinned: () => ({ send: asked }) };
    const rig = new ExchangeRig({ upstreams });
    const waiting: (() => void)[] = [];
    // The compiler's own memory is none of an answer's.
    for (let index = 0; index < WARM_UP; index += 1) waiting.push(await stall(rig, index));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < STALLED; index += 1) waiting.push(await stall(rig, WARM_UP + index));
    collect();
    const kept = (process.memoryUsage().heapUsed - before) / STALLED;
    expect(waiting).toHaveLength(WARM_UP + STALLED);
    expect(kept).toBeLessThan(KEPT_MAX_BYTES);
  });
});
