import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFault, type ParsedRequest, type Refusal, type Reply, type WireEvent } from '@sallyport/core';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openaiCompletions } from './adapter.ts';
import { openaiCompletionsDemo } from './demo.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const ENDPOINT = { kind: 'exchange', operation: 'completions', method: 'POST', upstreamPath: '/completions' } as const;
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const PARAMS = { model: 'm', prompt: 'Once upon a time' };
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };

let server: Server;
let client: OpenAI;
let reply: (request: ParsedRequest, body: Uint8Array) => Reply;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const request = openaiCompletions.request(body, ENDPOINT, LIMITS);
      if (isFault(request)) throw new Error(request.fault);
      const answer = reply(request, body);
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'k', maxRetries: 0 });
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const STREAM = readFileSync(new URL('./fixtures/answers/text.sse', import.meta.url));

interface Said {
  readonly text: string;
  readonly reason: string | null;
}

/** What a client has of each choice at the end. */
async function collected(stream: AsyncIterable<OpenAI.Completion>): Promise<readonly Said[]> {
  const choices: Said[] = [];
  for await (const chunk of stream) {
    for (const { index, text, finish_reason: reason } of chunk.choices) {
      const before = choices[index] ?? { text: '', reason: null };
      choices[index] = { text: before.text + text, reason: reason ?? before.reason };
    }
  }
  return choices;
}

type Codec = ReturnType<typeof openaiCompletions.answer>;

/** Lets the first `release` events of the fixture out, then goes on with what `last` gives; the rest of it was seen and is held. */
function after(release: number, last: (codec: Codec, held: readonly WireEvent[]) => Uint8Array): void {
  reply = (request) => {
    const codec = openaiCompletions.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
    const events = codec.push(STREAM);
    if (isFault(events)) throw new Error(events.fault);
    const out = events.slice(0, release).map(({ raw }) => raw);
    return { status: 200, headers: EVENTS, body: Buffer.concat([...out, last(codec, events.slice(release))]) };
  };
}

describe('refuse(), read by the openai SDK', () => {
  test('is the text of every choice, which ends with content_filter', async () => {
    reply = (request) => openaiCompletions.refuse(REFUSAL, request);
    const { choices, usage, object } = await client.completions.create({ ...PARAMS, prompt: ['a', 'b'], n: 2 });
    expect(choices.map(({ index, text, finish_reason: reason }) => [index, text, reason])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 'Blocked by policy.', 'content_filter']),
    );
    expect({ usage, object }).toEqual({
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      object: 'text_completion',
    });
  });

  test('is a stream of every choice, with usage when it was asked for', async () => {
    reply = (request) => openaiCompletions.refuse(REFUSAL, request);
    const asked = { ...PARAMS, n: 2, stream: true, stream_options: { include_usage: true } } as const;
    const stream = await client.completions.create(asked);
    const chunks: OpenAI.Completion[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)?.usage).toMatchObject({ total_tokens: 0 });
    const said = await collected(from(chunks));
    expect(said).toEqual(Array(2).fill({ text: 'Blocked by policy.', reason: 'content_filter' }));
  });

  test('is an error when the route says so, in mid-stream too', async () => {
    const refusal: Refusal = { ...REFUSAL, form: 'error', effect: 'ask' };
    reply = (request) => openaiCompletions.refuse(refusal, request);
    await expect(client.completions.create(PARAMS)).rejects.toMatchObject({ status: 400, code: 'approval_required' });
    after(2, (codec, held) => codec.refuse(refusal, held));
    const stream = await client.completions.create({ ...PARAMS, stream: true });
    await expect(collected(stream)).rejects.toMatchObject({ code: 'approval_required' });
  });

  test('ends a stream after any of its events: every choice that has not ended says it', async () => {
    for (let release = 0; release <= 5; release += 1) {
      after(release, (codec, held) => codec.refuse(REFUSAL, held));
      const said = await collected(await client.completions.create({ ...PARAMS, n: 2, stream: true }));
      expect(said).toHaveLength(2);
      for (const { text, reason } of said) {
        expect(text).toMatch(/^(?: .*\n\n)?Blocked by policy\.$/);
        expect(reason).toBe('content_filter');
      }
    }
  });

  test('leaves a choice alone that has ended, and is an error once all have', async () => {
    after(6, (codec, held) => codec.refuse(REFUSAL, held));
    const [first, second] = await collected(await client.completions.create({ ...PARAMS, n: 2, stream: true }));
    expect(first).toEqual({ text: ' there lived an old man.', reason: 'stop' });
    expect(second?.text).toMatch(/Blocked by policy\.$/);
    after(7, (codec, held) => codec.refuse(REFUSAL, held));
    const stream = await client.completions.create({ ...PARAMS, n: 2, stream: true });
    await expect(collected(stream)).rejects.toMatchObject({ code: 'invalid_prompt' });
  });
});

describe('fault() and the demo, read by the openai SDK', () => {
  test('fault() is an error, before the answer and in it', async () => {
    reply = () => openaiCompletions.fault('UNKNOWN_MODEL', 'x1');
    await expect(client.completions.create(PARAMS)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    after(2, (codec) => codec.fault('UPSTREAM_BROKEN'));
    const stream = await client.completions.create({ ...PARAMS, stream: true });
    await expect(collected(stream)).rejects.toBeInstanceOf(APIError);
  });

  test('the demo says the same as JSON and as a stream: each prompt echoed, with its tokens', async () => {
    reply = ({ facts }, body) => {
      const turn = openaiCompletionsDemo.read({ method: 'POST', path: '/completions', body });
      const answer = Buffer.concat([...(turn?.render({ text: ' 😀 there lived a king.', chunkChars: 3 }) ?? [])]);
      return { status: 200, headers: facts.stream ? EVENTS : { 'content-type': 'application/json' }, body: answer };
    };
    const params = { ...PARAMS, prompt: ['One day', 'Far away'], n: 2, echo: true, logprobs: 1 };
    const whole = await client.completions.create(params);
    expect(whole.choices.map(({ text }) => text)).toEqual([
      'One day 😀 there lived a king.',
      'One day 😀 there lived a king.',
      'Far away 😀 there lived a king.',
      'Far away 😀 there lived a king.',
    ]);
    const spelled: string[] = [];
    const offsets: number[][] = [];
    const texts: string[] = [];
    for await (const { choices } of await client.completions.create({ ...params, stream: true })) {
      for (const { index, text, logprobs } of choices) {
        texts[index] = (texts[index] ?? '') + text;
        spelled[index] = (spelled[index] ?? '') + (logprobs?.tokens ?? []).join('');
        offsets[index] = [...(offsets[index] ?? []), ...(logprobs?.text_offset ?? [])];
      }
    }
    expect(texts).toEqual(whole.choices.map(({ text }) => text));
    expect(spelled).toEqual(texts);
    expect(offsets).toEqual(whole.choices.map(({ logprobs }) => logprobs?.text_offset));
  });
});

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
