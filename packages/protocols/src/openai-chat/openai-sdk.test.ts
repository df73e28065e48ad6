import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ErrorCode,
  isFault,
  oneByOne,
  type ParsedRequest,
  type Refusal,
  type Reply,
  type WireEvent,
} from '@sallyport/core';
import OpenAI, { APIError } from 'openai';
import { ContentFilterFinishReasonError } from 'openai/error';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openaiChat } from './adapter.ts';
import { renderDemoAnswer } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { ENDPOINT } from './testing/endpoint.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const PARAMS = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] };
const SCHEMA = {
  type: 'json_schema',
  json_schema: { name: 'reply', strict: true, schema: { type: 'object' } },
} as const;
const TOOLS = [{ type: 'function', function: { name: 'send_money', parameters: { type: 'object' } } }] as const;

let server: Server;
let client: OpenAI;
let reply: (request: ParsedRequest, body: Uint8Array) => Reply;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const request = incoming.method === 'GET' ? undefined : openaiChat.request(body, ENDPOINT, LIMITS);
      if (request !== undefined && isFault(request)) throw new Error(request.fault);
      const answer = request === undefined ? openaiChat.models(['a', 'org/b']) : reply(request, body);
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

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Lets the first `release` events of an answer out, then refuses; the rest of it was seen and is held. */
function refuseAfter(bytes: Uint8Array, release: number) {
  reply = (request) => {
    const codec = openaiChat.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
    const got = codec.push(bytes);
    if (isFault(got)) throw new Error(got.fault);
    const events = got.flatMap(oneByOne);
    const out = events.slice(0, release).map((event: WireEvent) => event.raw);
    return {
      status: 200,
      headers: EVENTS,
      body: Buffer.concat([...out, codec.refuse(REFUSAL, events.slice(release))]),
    };
  };
}

const stream = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}.sse`, import.meta.url));

describe('refuse(), read by the openai SDK', () => {
  test('is an answer of every choice that ends with content_filter', async () => {
    reply = (request) => openaiChat.refuse(REFUSAL, request);
    const { choices, usage } = await client.chat.completions.create({ ...PARAMS, n: 2 });
    expect(choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
      ['Blocked by policy.', 'content_filter'],
      ['Blocked by policy.', 'content_filter'],
    ]);
    expect(usage).toEqual({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
  });

  test('is a stream of every choice, with usage when it was asked for', async () => {
    reply = (request) => openaiChat.refuse(REFUSAL, request);
    const run = client.chat.completions.stream({ ...PARAMS, n: 2, stream_options: { include_usage: true } });
    const final = await run.finalChatCompletion();
    expect(final.choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
      ['Blocked by policy.', 'content_filter'],
      ['Blocked by policy.', 'content_filter'],
    ]);
    expect(await run.totalUsage()).toMatchObject({ total_tokens: 0 });
    const first = new Map<number, string | undefined>();
    for await (const { choices } of await client.chat.completions.create({ ...PARAMS, n: 2, stream: true })) {
      for (const { index, delta } of choices) if (!first.has(index)) first.set(index, delta.role);
    }
    // Clients wait for it in the first chunk of a choice.
    expect([...first]).toEqual([
      [0, 'assistant'],
      [1, 'assistant'],
    ]);
  });

  test('is a refusal that `.parse()` takes when the request asked for a schema', async () => {
    reply = (request) => openaiChat.refuse(REFUSAL, request);
    const { choices } = await client.chat.completions.parse({ ...PARAMS, response_format: SCHEMA });
    expect(choices[0]?.message).toMatchObject({ refusal: 'Blocked by policy.', content: null, parsed: null });
  });

  test('is a refusal that a structured `.stream()` takes', async () => {
    reply = (request) => openaiChat.refuse(REFUSAL, request);
    const final = await client.chat.completions.stream({ ...PARAMS, response_format: SCHEMA }).finalChatCompletion();
    expect(final.choices[0]?.message).toMatchObject({ refusal: 'Blocked by policy.', parsed: null });
  });

  test('is a refusal that `.parse()` takes when a tool is strict', async () => {
    reply = (request) => openaiChat.refuse(REFUSAL, request);
    const strict = { type: 'function', function: { name: 'f', strict: true, parameters: { type: 'object' } } } as const;
    const { choices } = await client.chat.completions.parse({ ...PARAMS, tools: [strict] });
    expect(choices[0]?.message.refusal).toBe('Blocked by policy.');
  });

  test('is an error when the route says so', async () => {
    reply = (request) => openaiChat.refuse({ ...REFUSAL, form: 'error', effect: 'ask' }, request);
    await expect(client.chat.completions.create(PARAMS)).rejects.toMatchObject({
      status: 400,
      code: 'approval_required',
    });
  });
});

describe('refuse() in mid-stream, read by the openai SDK', () => {
  for (const name of ['text', 'agent', 'azure']) {
    test(`ends the stream \`${name}\` after any event`, async () => {
      const bytes = stream(name);
      const held = stream(name)
        .toString('latin1')
        .split(/(?:\r\n\r\n|\n\n)/)
        .findIndex((event) => event.includes('"tool_calls":[{'));
      const total = name === 'agent' ? held : name === 'azure' ? 5 : 12;
      for (let release = 0; release <= total; release += 1) {
        refuseAfter(bytes, release);
        const run = client.chat.completions.stream({ ...PARAMS, tools: [...TOOLS] });
        const [choice] = (await run.finalChatCompletion()).choices;
        expect(choice?.finish_reason).toBe('content_filter');
        expect(choice?.message.content).toMatch(/Blocked by policy\.$/);
        expect(choice?.message.tool_calls).toBeUndefined();
      }
    });
  }

  test('lets a tool call that was released stand, and nothing of the one that was not', async () => {
    const events = stream('agent').toString().split('\n\n');
    const custom = events.findIndex((event) => event.includes('call_def'));
    refuseAfter(stream('agent'), custom);
    const [choice] = (await client.chat.completions.stream({ ...PARAMS, tools: [...TOOLS] }).finalChatCompletion())
      .choices;
    expect(choice?.message.tool_calls?.map((call) => call.id)).toEqual(['call_abc']);
    expect(choice?.finish_reason).toBe('content_filter');
  });

  test('says content_filter where half an answer in a schema is out, and refuses where none is', async () => {
    refuseAfter(stream('text'), 5);
    const half = client.chat.completions.stream({ ...PARAMS, response_format: SCHEMA }).finalChatCompletion();
    await expect(half).resolves.toMatchObject({ choices: [{ finish_reason: 'content_filter' }] });
    refuseAfter(stream('text'), 1);
    const none = await client.chat.completions.stream({ ...PARAMS, response_format: SCHEMA }).finalChatCompletion();
    expect(none.choices[0]).toMatchObject({ finish_reason: 'stop', message: { refusal: 'Blocked by policy.' } });
  });

  test('says content_filter to a parser that has half an answer', async () => {
    refuseAfter(stream('text'), 5);
    const strict = { type: 'function', function: { name: 'f', strict: true, parameters: { type: 'object' } } } as const;
    const run = client.chat.completions.stream({ ...PARAMS, tools: [strict] }).finalChatCompletion();
    await expect(run).rejects.toBeInstanceOf(ContentFilterFinishReasonError);
  });

  test('is an error once every choice has ended at the client', async () => {
    refuseAfter(stream('text'), 13);
    await expect(client.chat.completions.stream(PARAMS).finalChatCompletion()).rejects.toMatchObject({
      code: 'invalid_prompt',
    });
  });
});

describe('fault(), models() and the demo, read by the openai SDK', () => {
  test('fault() is an error with code, type and exchange', async () => {
    reply = () => openaiChat.fault('UNKNOWN_MODEL', 'x1');
    await expect(client.chat.completions.create(PARAMS)).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      type: 'invalid_request_error',
      message: expect.stringContaining('x1'),
    });
  });

  test('fault() in mid-stream is thrown', async () => {
    reply = (request) => {
      const codec = openaiChat.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
      const bytes = stream('text').subarray(0, 800);
      const events = codec.push(bytes);
      if (isFault(events)) throw new Error(events.fault);
      const code: ErrorCode = 'UPSTREAM_BROKEN';
      return {
        status: 200,
        headers: EVENTS,
        body: Buffer.concat([...events.map((event) => event.raw), codec.fault(code)]),
      };
    };
    await expect(client.chat.completions.stream(PARAMS).finalChatCompletion()).rejects.toBeInstanceOf(APIError);
  });

  test('models() is a list', async () => {
    expect((await client.models.list()).data.map((model) => model.id)).toEqual(['a', 'org/b']);
  });

  test('renderDemoAnswer() says the same as JSON and as a stream', async () => {
    const answer = {
      text: 'Hé 😀 there, friend.',
      reasoning: 'I think.',
      toolCalls: [
        { name: 'send_money', arguments: '{"to":"Ada","n":1}' },
        { name: 'send_money', arguments: '{}' },
      ],
      chunkChars: 3,
    };
    reply = (request, body) => ({
      status: 200,
      headers: request.facts.stream ? EVENTS : { 'content-type': 'application/json' },
      body: Buffer.concat([...renderDemoAnswer(answer, readDemoRequest(body))]),
    });
    const params = { ...PARAMS, n: 2, logprobs: true, tools: [...TOOLS] };
    const whole = await client.chat.completions.create(params);
    const streamed = await client.chat.completions
      .stream({ ...params, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(whole.choices[0]?.message.content).toBe(answer.text);
    expect(whole.choices[1]?.message.tool_calls).toHaveLength(2);
    const said = (completion: typeof whole) =>
      completion.choices.map(({ message, finish_reason, logprobs }) => [
        message.content,
        finish_reason,
        message.tool_calls?.map((call) =>
          call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : [],
        ),
        logprobs?.content?.map((token) => token.token).join(''),
      ]);
    expect(said(streamed)).toEqual(said(whole));
    expect(streamed.usage).toEqual(whole.usage);
  });

  test('renderDemoAnswer() refuses as a model does', async () => {
    reply = (request, body) => ({
      status: 200,
      headers: request.facts.stream ? EVENTS : { 'content-type': 'application/json' },
      body: Buffer.concat([...renderDemoAnswer({ refusal: 'I would rather not.' }, readDemoRequest(body))]),
    });
    const whole = await client.chat.completions.create(PARAMS);
    const streamed = await client.chat.completions.stream(PARAMS).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]).toMatchObject({
        finish_reason: 'stop',
        message: { refusal: 'I would rather not.', content: null },
      });
    }
  });
});
