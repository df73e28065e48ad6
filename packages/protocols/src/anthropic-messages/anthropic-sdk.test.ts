import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { type DemoAnswer, isFault, type ParsedRequest, type Refusal, type Reply } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anthropicMessages } from './adapter.ts';
import { anthropicMessagesDemo } from './demo.ts';
import { ENDPOINT } from './testing/endpoint.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const PARAMS = { model: 'm', max_tokens: 64, messages: [{ role: 'user' as const, content: 'hello' }] };
const ORDER = zodOutputFormat(z.object({ name: z.string() }));
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };

let server: Server;
let client: Anthropic;
let reply: (request: ParsedRequest, body: Uint8Array, path: string) => Reply;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const [path = '', query] = url.split('?');
      const head = { method, path, query: query === undefined ? '' : `?${query}`, headers };
      const endpoint = anthropicMessages.match(head);
      const send = ({ status, headers: named, body }: Reply) => outgoing.writeHead(status, named).end(body);
      if (endpoint === undefined) return send(anthropicMessages.fault('UNKNOWN_PATH', 'x1'));
      if (endpoint.kind === 'models') {
        const { model } = endpoint;
        return send(model === undefined ? anthropicMessages.models(['a', 'b']) : anthropicMessages.model(model));
      }
      const body = Buffer.concat(chunks);
      const request = anthropicMessages.request(body, endpoint, LIMITS);
      return send(isFault(request) ? anthropicMessages.fault(request.fault, 'x1') : reply(request, body, path));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new Anthropic({ baseURL: `http://127.0.0.1:${port}`, apiKey: 'k', maxRetries: 0 });
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const fixture = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}`, import.meta.url));

/** Lets the first `release` events of a stream out, then refuses; the rest of it was seen and is held. */
function refuseAfter(bytes: Uint8Array, release: number): void {
  reply = (request) => {
    const codec = anthropicMessages.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
    const events = codec.push(bytes);
    if (isFault(events)) throw new Error(events.fault);
    const out = events.slice(0, release).map(({ raw }) => raw);
    return {
      status: 200,
      headers: EVENTS,
      body: Buffer.concat([...out, codec.refuse(REFUSAL, events.slice(release))]),
    };
  };
}

/** Events of a stream that may be out before it is refused: tool calls are held whole, and all that follows them. */
function releasable(bytes: Buffer): readonly number[] {
  const request = anthropicMessages.request(Buffer.from(JSON.stringify(PARAMS)), ENDPOINT, LIMITS);
  if (isFault(request)) throw new Error(request.fault);
  const codec = anthropicMessages.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
  const events = codec.push(bytes);
  if (isFault(events)) throw new Error(events.fault);
  const pending = new Set<string>();
  const counts: number[] = [];
  for (const [at, event] of events.entries()) {
    if (pending.size === 0) counts.push(at);
    for (const lane of event.opens) if (lane.release === 'whole') pending.add(lane.id);
    for (const id of event.closes) pending.delete(id);
  }
  return counts;
}

function demoAnswer(answer: DemoAnswer): void {
  reply = (_request, body, path) => {
    const turn = anthropicMessagesDemo.read({ method: 'POST', path, body });
    if (turn === undefined) throw new Error('the demo does not know this path');
    const chunks = [...turn.render(answer)];
    return { status: 200, headers: { 'content-type': turn.contentType }, body: Buffer.concat(chunks) };
  };
}

describe('refuse(), read by the anthropic SDK', () => {
  test('is a message whose text refuses, and that stops with `refusal`', async () => {
    reply = (request) => anthropicMessages.refuse(REFUSAL, request);
    for (const message of [await client.messages.create(PARAMS), await client.beta.messages.create(PARAMS)]) {
      expect(message).toMatchObject({
        id: 'msg_x1',
        model: 'm',
        role: 'assistant',
        content: [{ type: 'text', text: 'Blocked by policy.' }],
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', category: null },
        usage: { input_tokens: 0, output_tokens: 0 },
      });
    }
  });

  test('is a stream that says the same', async () => {
    reply = (request) => anthropicMessages.refuse(REFUSAL, request);
    for (const run of [client.messages.stream(PARAMS), client.beta.messages.stream(PARAMS)]) {
      const final = await run.finalMessage();
      expect(final).toMatchObject({ stop_reason: 'refusal', content: [{ type: 'text', text: 'Blocked by policy.' }] });
    }
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...PARAMS, stream: true })) types.push(event.type);
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('has nothing to parse where a schema was asked for: `parsed_output` is null and `stop_details` says why', async () => {
    reply = (request) => anthropicMessages.refuse(REFUSAL, request);
    const params = { ...PARAMS, output_config: { format: ORDER } };
    const parsed = await client.messages.parse(params);
    const streamed = await client.messages.stream(params).finalMessage();
    const beta = await client.beta.messages.parse(params);
    for (const message of [parsed, streamed, beta]) {
      expect(message).toMatchObject({ content: [], stop_reason: 'refusal', parsed_output: null });
      expect(message.stop_details).toMatchObject({ explanation: 'Blocked by policy.' });
    }
  });

  test('ends a run of tools', async () => {
    reply = (request) => anthropicMessages.refuse(REFUSAL, request);
    const inputSchema = { type: 'object', properties: {} } as const;
    const tool = betaTool({ name: 'pay', description: 'Pays.', inputSchema, run: () => 'paid' });
    for (const stream of [false, true]) {
      const final = await client.beta.messages.toolRunner({ ...PARAMS, tools: [tool], stream }).runUntilDone();
      expect(final).toMatchObject({ stop_reason: 'refusal', content: [{ text: 'Blocked by policy.' }] });
    }
  });

  test('is an error when the route says so, and where nothing but a number was asked for', async () => {
    reply = (request) => anthropicMessages.refuse({ ...REFUSAL, form: 'error' }, request);
    const error = {
      status: 400,
      type: 'invalid_request_error',
      error: { error: { message: 'Blocked by policy. (exchange x1)' }, request_id: 'x1' },
    };
    await expect(client.messages.create(PARAMS)).rejects.toMatchObject(error);
    reply = (request) => anthropicMessages.refuse(REFUSAL, request);
    const { model, messages } = PARAMS;
    await expect(client.messages.countTokens({ model, messages })).rejects.toMatchObject(error);
    await expect(client.beta.messages.countTokens({ model, messages })).rejects.toMatchObject(error);
  });
});

describe('refuse() in mid-stream, read by the anthropic SDK', () => {
  for (const name of ['text', 'crlf', 'thinking', 'tools', 'search', 'refusal']) {
    test(`ends the stream \`${name}\` after any event`, async () => {
      const bytes = fixture(`${name}.sse`);
      for (const release of releasable(bytes)) {
        refuseAfter(bytes, release);
        const final = await client.messages.stream(PARAMS).finalMessage();
        expect(final.stop_reason, `after ${release}`).toBe('refusal');
        expect(final.content.at(-1)).toMatchObject({ type: 'text', text: 'Blocked by policy.' });
        expect(final.content.filter((block) => block.type === 'tool_use' && block.name === 'later')).toEqual([]);
      }
    });
  }

  test('ends the stream `beta` after any event', async () => {
    const bytes = fixture('beta.sse');
    for (const release of releasable(bytes)) {
      refuseAfter(bytes, release);
      const final = await client.beta.messages.stream(PARAMS).finalMessage();
      expect(final.stop_reason, `after ${release}`).toBe('refusal');
      expect(final.content.at(-1)).toMatchObject({ type: 'text', text: 'Blocked by policy.' });
    }
  });

  test('lets a call that was released stand, and nothing of one that was not', async () => {
    const events = fixture('tools.sse').toString().split('\n\n');
    refuseAfter(
      fixture('tools.sse'),
      events.findIndex((event) => event.includes('list_bills')),
    );
    const final = await client.messages.stream(PARAMS).finalMessage();
    expect(final.content.map(({ type }) => type)).toEqual(['text', 'tool_use', 'text']);
    expect(final.content[1]).toMatchObject({ input: { to: 'Ada Lovelace', n: ['caf\u00e9 "x"'] } });
  });

  test('keeps the id, the model and the usage that the client has', async () => {
    refuseAfter(fixture('text.sse'), 5);
    const final = await client.messages.stream(PARAMS).finalMessage();
    expect(final).toMatchObject({
      id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
      model: 'claude-sonnet-4-5-20250929',
      usage: { input_tokens: 25, cache_read_input_tokens: 12 },
    });
  });

  test('says no second text where a schema was asked for, so that plain streams read it to the end', async () => {
    refuseAfter(fixture('text.sse'), 5);
    const types: string[] = [];
    const params = { ...PARAMS, output_config: { format: ORDER }, stream: true } as const;
    for await (const event of await client.messages.create(params)) types.push(event.type);
    expect(types.filter((type) => type === 'content_block_start')).toHaveLength(1);
    expect(types.at(-1)).toBe('message_stop');
  });

  test('is an error event when the route says so', async () => {
    const error: Refusal = { ...REFUSAL, form: 'error' };
    reply = (request) => {
      const codec = anthropicMessages.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
      return { status: 200, headers: EVENTS, body: codec.refuse(error) };
    };
    const run = client.messages.stream(PARAMS).finalMessage();
    await expect(run).rejects.toMatchObject({ type: 'invalid_request_error' });
  });
});

describe('fault(), models(), heartbeats and the demo, read by the anthropic SDK', () => {
  test('fault() is an error of its class, with the exchange', async () => {
    reply = () => anthropicMessages.fault('UNKNOWN_MODEL', 'x1');
    const failure = await client.messages.create(PARAMS).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(Anthropic.NotFoundError);
    expect(failure).toMatchObject({ status: 404, type: 'not_found_error', message: expect.stringContaining('x1') });
  });

  test('fault() lets helpers that keep their conversation at the provider send all of it again', async () => {
    const sent: (readonly [number, number | undefined])[] = [];
    demoAnswer({ text: 'Hello.' });
    const demo = reply;
    reply = (request, body, path) => {
      const { messages, refersTo } = request.facts;
      sent.push([messages, refersTo?.length]);
      return refersTo?.length === 1 && sent.length === 2
        ? anthropicMessages.fault('UNKNOWN_CONTINUATION', 'x1')
        : demo(request, body, path);
    };
    const { model, max_tokens } = PARAMS;
    const thread = client.beta.messages.thread({ model, max_tokens });
    for (const content of ['hello', 'and now?', 'and then?']) await thread.send({ role: 'user', content });
    expect(sent).toEqual([
      [1, 0],
      [1, 1],
      [3, 0],
      [1, 1],
    ]);
  });

  test('fault() in mid-stream is thrown', async () => {
    reply = (request) => {
      const codec = anthropicMessages.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
      const events = codec.push(fixture('text.sse').subarray(0, 900));
      if (isFault(events)) throw new Error(events.fault);
      const body = Buffer.concat([...events.map(({ raw }) => raw), codec.fault('UPSTREAM_BROKEN')]);
      return { status: 200, headers: EVENTS, body };
    };
    const failure = await client.messages
      .stream(PARAMS)
      .finalMessage()
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({ type: 'api_error' });
  });

  test('heartbeats between any two events, before the first one too, change nothing', async () => {
    reply = (request) => {
      const codec = anthropicMessages.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
      const events = codec.push(fixture('thinking.sse'));
      if (isFault(events)) throw new Error(events.fault);
      const beating = events.flatMap(({ raw }) => [codec.heartbeat ?? new Uint8Array(), raw]);
      return { status: 200, headers: EVENTS, body: Buffer.concat(beating) };
    };
    const final = await client.messages.stream(PARAMS).finalMessage();
    expect(final.content.at(-1)).toMatchObject({ text: 'It is paid.' });
  });

  test('models() is a page, model() one of it', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list({ limit: 20 })) ids.push(id);
    expect(ids).toEqual(['a', 'b']);
    expect(await client.models.retrieve('org/b')).toMatchObject({ id: 'org/b', type: 'model' });
    expect((await client.beta.models.list()).data).toHaveLength(2);
  });

  test('the demo says the same as JSON and as a stream', async () => {
    demoAnswer({
      text: 'H\u00e9 \ud83d\ude00 there, friend.',
      reasoning: 'I think.',
      toolCalls: [
        { name: 'pay', arguments: '{"to":"Ada","n":1}' },
        { name: 'pay', arguments: '{}' },
      ],
      chunkChars: 3,
    });
    const whole = await client.messages.create(PARAMS);
    const streamed = await client.messages.stream(PARAMS).finalMessage();
    expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
    expect(whole.stop_reason).toBe('tool_use');
    expect(JSON.parse(JSON.stringify(streamed.content))).toEqual(whole.content);
    expect(streamed.usage).toEqual(whole.usage);
  });

  test('the demo refuses as a model does, counts tokens, and answers in a schema', async () => {
    demoAnswer({ refusal: 'I would rather not.' });
    for (const message of [await client.messages.create(PARAMS), await client.messages.stream(PARAMS).finalMessage()]) {
      expect(message).toMatchObject({ stop_reason: 'refusal', content: [{ text: 'I would rather not.' }] });
    }
    const { model, messages } = PARAMS;
    expect((await client.messages.countTokens({ model, messages })).input_tokens).toBe(2);
    demoAnswer({ text: '{"name":"Ada"}' });
    const parsed = await client.messages.parse({ ...PARAMS, output_config: { format: ORDER } });
    expect(parsed.parsed_output).toEqual({ name: 'Ada' });
  });
});
