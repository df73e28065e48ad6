import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFault, type ParsedRequest, type Refusal, type Reply } from '@sallyport/core';
import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ollama } from './adapter.ts';
import { renderDemoAnswer } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { operationOf } from './endpoints.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const PARAMS = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
const STREAM = { ...PARAMS, stream: true } as const;
const LINES = { 'content-type': 'application/x-ndjson' };

let server: Server;
let client: Ollama;
let reply: (request: ParsedRequest, body: Uint8Array) => Reply;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const head = { method: incoming.method ?? '', path: incoming.url ?? '', query: '', headers: {} };
      const endpoint = ollama.match(head);
      const answer =
        endpoint === undefined
          ? ollama.fault('UNKNOWN_PATH', 'x1')
          : endpoint.kind === 'models'
            ? ollama.models(['a', 'org/b:7b'])
            : answerTo(body, endpoint.upstreamPath);
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new Ollama({ host: `http://127.0.0.1:${port}` });
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

function answerTo(body: Uint8Array, path: string): Reply {
  const endpoint = ollama.match({ method: 'POST', path, query: '', headers: {} });
  if (endpoint?.kind !== 'exchange') throw new Error('no endpoint');
  const request = ollama.request(body, endpoint, LIMITS);
  if (isFault(request)) throw new Error(request.fault);
  return reply(request, body);
}

/** Lets the first `release` lines of an answer out, then refuses; the rest of it was seen and is held. */
function refuseAfter(bytes: Uint8Array, release: number, refusal = REFUSAL) {
  reply = (request) => {
    const codec = ollama.answer(request, { status: 200, contentType: 'application/x-ndjson' }, LIMITS);
    const events = codec.push(bytes);
    if (isFault(events)) throw new Error(events.fault);
    const out = events.slice(0, release).map(({ raw }) => raw);
    return { status: 200, headers: LINES, body: Buffer.concat([...out, codec.refuse(refusal, events.slice(release))]) };
  };
}

const stream = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}.ndjson`, import.meta.url));
const lineCount = (bytes: Buffer) => bytes.toString().trimEnd().split('\n').length;

interface Part {
  readonly done: boolean;
  readonly done_reason?: string;
  readonly message?: { readonly content: string };
  readonly response?: string | undefined;
}

async function collected(parts: AsyncIterable<Part>): Promise<{ readonly text: string; readonly last: Part }> {
  let text = '';
  let last: Part | undefined;
  for await (const part of parts) {
    text += part.message?.content ?? part.response ?? '';
    last = part;
  }
  if (last === undefined) throw new Error('no part');
  return { text, last };
}

describe('refuse(), read by the ollama SDK', () => {
  test('is an answer that ends as any other', async () => {
    reply = (request) => ollama.refuse(REFUSAL, request);
    const answer = await client.chat(PARAMS);
    expect(answer.message).toEqual({ role: 'assistant', content: 'Blocked by policy.' });
    expect(answer).toMatchObject({ model: 'm', done: true, done_reason: 'stop', eval_count: 0 });
    const generated = await client.generate({ model: 'm', prompt: 'hello' });
    expect(generated).toMatchObject({ response: 'Blocked by policy.', done: true, done_reason: 'stop' });
  });

  test('is a stream that ends as any other', async () => {
    reply = (request) => ollama.refuse(REFUSAL, request);
    expect(await collected(await client.chat(STREAM))).toMatchObject({
      text: 'Blocked by policy.',
      last: { done: true, done_reason: 'stop' },
    });
    const generated = await client.generate({ model: 'm', prompt: 'hello', stream: true });
    expect(await collected(generated)).toMatchObject({ text: 'Blocked by policy.', last: { done: true } });
  });

  test('is JSON that can be parsed when JSON was asked for', async () => {
    reply = (request) => ollama.refuse(REFUSAL, request);
    const whole = await client.chat({ ...PARAMS, format: { type: 'object' } });
    expect(JSON.parse(whole.message.content)).toEqual({ refusal: 'Blocked by policy.' });
    const { text } = await collected(await client.generate({ model: 'm', prompt: 'x', format: 'json', stream: true }));
    expect(JSON.parse(text)).toEqual({ refusal: 'Blocked by policy.' });
  });

  test('is an error when the route says so, and always where vectors were asked for', async () => {
    const error = { status_code: 400, error: 'Blocked by policy. (exchange x1)' };
    reply = (request) => ollama.refuse({ ...REFUSAL, form: 'error' }, request);
    await expect(client.chat(PARAMS)).rejects.toMatchObject(error);
    await expect(client.chat(STREAM)).rejects.toMatchObject(error);
    reply = (request) => ollama.refuse(REFUSAL, request);
    await expect(client.embed({ model: 'm', input: ['a', 'b'] })).rejects.toMatchObject(error);
    await expect(client.embeddings({ model: 'm', prompt: 'a' })).rejects.toMatchObject(error);
  });
});

describe('refuse() in mid-stream, read by the ollama SDK', () => {
  for (const name of ['text', 'reasoning', 'agent', 'structured', 'logprobs', 'generate']) {
    test(`ends the stream \`${name}\` after any line but the last`, async () => {
      const bytes = stream(name);
      for (let release = 0; release < lineCount(bytes); release += 1) {
        refuseAfter(bytes, release);
        const parts =
          name === 'generate' ? client.generate({ model: 'm', prompt: 'x', stream: true }) : client.chat(STREAM);
        const { text, last } = await collected(await parts);
        expect(text).toMatch(/Blocked by policy\.$/);
        expect(last).toMatchObject({ done: true, done_reason: 'stop' });
      }
    });
  }

  test('is thrown when the route says so', async () => {
    refuseAfter(stream('text'), 2, { ...REFUSAL, form: 'error' });
    await expect(collected(await client.chat(STREAM))).rejects.toThrow('Blocked by policy. (exchange x1)');
  });
});

describe('fault(), models(), heartbeats and the demo, read by the ollama SDK', () => {
  test('fault() is an error with status and exchange', async () => {
    reply = () => ollama.fault('UNKNOWN_MODEL', 'x1');
    await expect(client.chat(STREAM)).rejects.toMatchObject({
      status_code: 404,
      error: 'no route leads to this model (exchange x1)',
    });
    await expect(client.show({ model: 'm' })).rejects.toMatchObject({ status_code: 404 });
    await expect(client.pull({ model: 'm' })).rejects.toMatchObject({ status_code: 404 });
  });

  test('fault() in mid-stream is thrown', async () => {
    reply = (request) => {
      const codec = ollama.answer(request, { status: 200, contentType: 'application/x-ndjson' }, LIMITS);
      const events = codec.push(stream('text').subarray(0, 400));
      if (isFault(events)) throw new Error(events.fault);
      const out = events.map(({ raw }) => raw);
      return { status: 200, headers: LINES, body: Buffer.concat([...out, codec.fault('UPSTREAM_BROKEN')]) };
    };
    await expect(collected(await client.chat(STREAM))).rejects.toThrow('provider broke off its answer');
  });

  test('a heartbeat between lines is read over without a warning', async () => {
    const warned = vi.spyOn(console, 'warn');
    reply = (request) => {
      const { heartbeat } = ollama.answer(request, { status: 200, contentType: 'application/x-ndjson' }, LIMITS);
      if (heartbeat === undefined) throw new Error('no heartbeat');
      const lines = stream('text').toString().trimEnd().split('\n');
      const body = Buffer.concat(lines.flatMap((line) => [heartbeat, heartbeat, Buffer.from(`${line}\n`)]));
      return { status: 200, headers: LINES, body };
    };
    expect((await collected(await client.chat(STREAM))).text).toContain('Rayleigh');
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test('models() is a list', async () => {
    const { models } = await client.list();
    expect(models.map(({ name, model }) => [name, model])).toEqual([
      ['a', 'a'],
      ['org/b:7b', 'org/b:7b'],
    ]);
    expect(models[0]?.details.families).toEqual([]);
  });

  test('renderDemoAnswer() says the same as JSON and as a stream', async () => {
    const answer = {
      text: 'Hé 😀 there, friend.',
      reasoning: 'I think.',
      toolCalls: [{ name: 'send_money', arguments: '{"to":"Ada","n":1}' }],
      chunkChars: 3,
    };
    reply = (request, body) => {
      const demo = readDemoRequest(body, operationOf('/api/chat') ?? 'chat');
      const headers = request.facts.stream ? LINES : { 'content-type': 'application/json' };
      return { status: 200, headers, body: Buffer.concat([...renderDemoAnswer(answer, demo)]) };
    };
    const whole = await client.chat({ ...PARAMS, logprobs: true });
    let content = '';
    let thinking = '';
    let tokens = '';
    const calls: unknown[] = [];
    let counted: number | undefined;
    for await (const part of await client.chat({ ...STREAM, logprobs: true })) {
      content += part.message.content;
      thinking += part.message.thinking ?? '';
      calls.push(...(part.message.tool_calls ?? []));
      tokens += (part.logprobs ?? []).map(({ token }) => token).join('');
      counted = part.eval_count;
    }
    expect({ content, thinking }).toEqual({ content: answer.text, thinking: answer.reasoning });
    expect(whole.message).toMatchObject({ content, thinking, tool_calls: calls });
    expect(calls).toEqual([{ function: { name: 'send_money', arguments: { to: 'Ada', n: 1 } } }]);
    expect(whole.logprobs?.map(({ token }) => token).join('')).toBe(tokens);
    expect(whole.eval_count).toBe(counted);
  });
});
