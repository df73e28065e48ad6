import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AccessDeniedException,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  CountTokensCommand,
  ModelStreamErrorException,
  ResourceNotFoundException,
  ServiceUnavailableException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { type ExchangeEndpoint, isFault, type ParsedRequest, type Refusal, type Reply } from '@sallyport/core';
import { EventStreamParser, takeFrames } from '@sallyport/wire';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bedrockConverse } from './adapter.ts';
import { bedrockConverseDemo } from './demo.ts';
import { eventFrame, STREAM_TYPE } from './frames.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const MODEL = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0';
const PARAMS = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'hello' }] }] };

let server: Server;
let client: BedrockRuntimeClient;
let reply: (request: ParsedRequest, body: Uint8Array, endpoint: ExchangeEndpoint) => Reply;
let asked: { credential: string | undefined; endpoint: ExchangeEndpoint } | undefined;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming;
      const head = { method, path, query: '', headers };
      const endpoint = bedrockConverse.match(head);
      if (endpoint?.kind !== 'exchange') throw new Error(`no endpoint: ${path}`);
      asked = { credential: bedrockConverse.credential(head), endpoint };
      const body = Buffer.concat(chunks);
      const request = bedrockConverse.request(body, endpoint, LIMITS);
      if (isFault(request)) throw new Error(request.fault);
      const answer = reply(request, body, endpoint);
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new BedrockRuntimeClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    token: { token: 'gateway-key' },
    authSchemePreference: ['httpBearerAuth'],
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const EVENTS = { 'content-type': STREAM_TYPE };
const fixture = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}.eventstream`, import.meta.url));

interface Said {
  readonly texts: ReadonlyMap<number, string>;
  readonly inputs: ReadonlyMap<number, string>;
  readonly tools: readonly string[];
  readonly stopReason: string | undefined;
  readonly usage: object | undefined;
}

/** What a client puts together from a stream. */
async function collected(stream: AsyncIterable<ConverseStreamOutput> | undefined): Promise<Said> {
  const texts = new Map<number, string>();
  const inputs = new Map<number, string>();
  const tools: string[] = [];
  let stopReason: string | undefined;
  let usage: object | undefined;
  for await (const { contentBlockStart, contentBlockDelta, messageStop, metadata } of stream ?? []) {
    if (contentBlockStart?.start?.toolUse?.name !== undefined) tools.push(contentBlockStart.start.toolUse.name);
    const { contentBlockIndex: index = -1, delta } = contentBlockDelta ?? {};
    if (delta?.text !== undefined) texts.set(index, (texts.get(index) ?? '') + delta.text);
    if (delta?.toolUse !== undefined) inputs.set(index, (inputs.get(index) ?? '') + delta.toolUse.input);
    stopReason = messageStop?.stopReason ?? stopReason;
    usage = metadata?.usage ?? usage;
  }
  return { texts, inputs, tools, stopReason, usage };
}

const streamed = async () => collected((await client.send(new ConverseStreamCommand(PARAMS))).stream);

/** Lets the first `release` events of an answer out, then refuses; the rest of it was seen and is held. */
function refuseAfter(bytes: Uint8Array, release: number, form: Refusal['form'] = 'refusal') {
  reply = (request) => {
    const codec = bedrockConverse.answer(request, { status: 200, contentType: STREAM_TYPE }, LIMITS);
    const events = codec.push(bytes);
    if (isFault(events)) throw new Error(events.fault);
    const out = events.slice(0, release).map(({ raw }) => raw);
    const refused = codec.refuse({ ...REFUSAL, form }, events.slice(release));
    return { status: 200, headers: EVENTS, body: Buffer.concat([...out, refused]) };
  };
}

describe('the official client', () => {
  test('shows its key as a bearer, and its model in the path', async () => {
    reply = (request) => bedrockConverse.refuse(REFUSAL, request);
    await client.send(new ConverseCommand(PARAMS));
    expect(asked).toEqual({
      credential: 'gateway-key',
      endpoint: {
        kind: 'exchange',
        operation: 'converse',
        method: 'POST',
        upstreamPath: `/model/${encodeURIComponent(MODEL)}/converse`,
        model: MODEL,
        stream: false,
      },
    });
  });

  test('has its signature taken for no key', async () => {
    const { port } = server.address() as AddressInfo;
    const signing = new BedrockRuntimeClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      authSchemePreference: ['sigv4'],
      requestHandler: new NodeHttpHandler(),
      maxAttempts: 1,
    });
    reply = () => bedrockConverse.fault('KEY_INVALID', 'x1');
    await expect(signing.send(new ConverseCommand(PARAMS))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 401 },
    });
    expect(asked?.credential).toBe('');
    signing.destroy();
  });
});

describe('refuse(), read by the official SDK', () => {
  test('is an answer that a guardrail intervened in', async () => {
    reply = (request) => bedrockConverse.refuse(REFUSAL, request);
    const { output, stopReason, usage, $metadata } = await client.send(new ConverseCommand(PARAMS));
    expect(output?.message).toEqual({ role: 'assistant', content: [{ text: 'Blocked by policy.' }] });
    expect(stopReason).toBe('guardrail_intervened');
    expect(usage).toEqual({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });
    expect($metadata.requestId).toBe('x1');
  });

  test('is a stream that a guardrail intervened in', async () => {
    reply = (request) => bedrockConverse.refuse(REFUSAL, request);
    const { texts, stopReason, usage } = await streamed();
    expect([...texts]).toEqual([[0, 'Blocked by policy.']]);
    expect(stopReason).toBe('guardrail_intervened');
    expect(usage).toEqual({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });
  });

  test('is an error where the route says so, and where only tokens are counted', async () => {
    reply = (request) => bedrockConverse.refuse({ ...REFUSAL, form: 'error' }, request);
    await expect(client.send(new ConverseCommand(PARAMS))).rejects.toBeInstanceOf(ValidationException);
    await expect(streamed()).rejects.toMatchObject({ $metadata: { httpStatusCode: 400, requestId: 'x1' } });
    reply = (request) => bedrockConverse.refuse(REFUSAL, request);
    const count = new CountTokensCommand({ modelId: MODEL, input: { converse: { messages: PARAMS.messages } } });
    await expect(client.send(count)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Blocked by policy. (exchange x1)',
    });
  });
});

describe('refuse() in mid-stream, read by the official SDK', () => {
  for (const name of ['text', 'agent', 'grounded']) {
    test(`ends the stream \`${name}\` after any event before its end`, async () => {
      const bytes = fixture(name);
      const frames = takeFrames(new EventStreamParser(1_000_000), bytes);
      if (isFault(frames)) throw new Error(frames.fault);
      for (let release = 0; release <= frames.length - 2; release += 1) {
        refuseAfter(bytes, release);
        const { texts, stopReason, usage } = await streamed();
        expect([...texts.values()].at(-1)).toMatch(/^(?:\n\n)?Blocked by policy\.$/);
        expect(stopReason).toBe('guardrail_intervened');
        expect(usage).toMatchObject({ totalTokens: expect.any(Number) });
      }
    });
  }

  test('says the refusal in a block of its own, behind what the client has', async () => {
    refuseAfter(fixture('text'), 3);
    const { texts } = await streamed();
    expect([...texts]).toEqual([
      [0, 'Hello, I am'],
      [1, '\n\nBlocked by policy.'],
    ]);
  });

  test('lets a tool call that was released stand, and says nothing of the one that was not', async () => {
    refuseAfter(fixture('agent'), 13);
    const { tools, inputs, stopReason } = await streamed();
    expect(tools).toEqual(['get_weather']);
    expect([...inputs]).toEqual([[2, '{"city": "Zürich in winter", "days": 3}']]);
    expect(stopReason).toBe('guardrail_intervened');
  });

  test('is an exception once the message has ended at the client, or where the route says so', async () => {
    refuseAfter(fixture('text'), 9);
    await expect(streamed()).rejects.toBeInstanceOf(ValidationException);
    refuseAfter(fixture('text'), 3, 'error');
    await expect(streamed()).rejects.toMatchObject({ message: 'Blocked by policy. (exchange x1)' });
  });
});

describe('fault(), read by the official SDK', () => {
  test.each([
    ['UNKNOWN_MODEL', ResourceNotFoundException, 404],
    ['ACCESS_DENIED', AccessDeniedException, 403],
    ['BODY_SHAPE', ValidationException, 400],
    ['OVERLOADED', ServiceUnavailableException, 503],
  ] as const)('is for %s an error of the right class', async (code, type, httpStatusCode) => {
    reply = () => bedrockConverse.fault(code, 'x1');
    const failure = await client.send(new ConverseCommand(PARAMS)).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(type);
    expect(failure).toMatchObject({ $metadata: { httpStatusCode, requestId: 'x1' } });
  });

  test.each([
    ['UNKNOWN_PATH', 'UnknownOperationException'],
    ['KEY_INVALID', 'UnrecognizedClientException'],
    ['UPSTREAM_BROKEN', 'ModelErrorException'],
  ] as const)('is for %s an error with the name %s', async (code, name) => {
    reply = () => bedrockConverse.fault(code, 'x1');
    await expect(client.send(new ConverseCommand(PARAMS))).rejects.toMatchObject({ name });
  });

  test.each([
    ['UPSTREAM_BROKEN', 'ModelStreamErrorException'],
    ['RECORD_FAILED', 'ServiceUnavailableException'],
    ['INTERNAL', 'InternalServerException'],
  ] as const)('is for %s in mid-stream a thrown %s', async (code, name) => {
    reply = (request) => {
      const codec = bedrockConverse.answer(request, { status: 200, contentType: STREAM_TYPE }, LIMITS);
      const events = codec.push(fixture('text').subarray(0, 600));
      if (isFault(events)) throw new Error(events.fault);
      return {
        status: 200,
        headers: EVENTS,
        body: Buffer.concat([...events.map(({ raw }) => raw), codec.fault(code)]),
      };
    };
    await expect(streamed()).rejects.toMatchObject({ name });
  });

  test('passes the errors that a provider reports in band', async () => {
    reply = () => ({ status: 200, headers: EVENTS, body: fixture('failing') });
    await expect(streamed()).rejects.toBeInstanceOf(ModelStreamErrorException);
    reply = () => ({ status: 200, headers: EVENTS, body: fixture('unmodeled') });
    await expect(streamed()).rejects.toMatchObject({ name: 'InternalError' });
  });
});

test('the official SDK reads over an event that it does not know', async () => {
  const unknown = eventFrame('sallyport', {});
  reply = () => ({ status: 200, headers: EVENTS, body: Buffer.concat([unknown, fixture('text'), unknown]) });
  expect((await streamed()).stopReason).toBe('end_turn');
});

describe('the demo, read by the official SDK', () => {
  const answer = {
    text: 'Hé 😀 there, friend.',
    reasoning: 'I think.',
    toolCalls: [
      { name: 'send_money', arguments: '{"to":"Ada","n":1}' },
      { name: 'send_money', arguments: '{}' },
    ],
    chunkChars: 3,
  };
  const demoReply = (said: object) => {
    reply = (_request, body, { method, upstreamPath: path }) => {
      const turn = bedrockConverseDemo.read({ method, path, body });
      if (turn === undefined) throw new Error('not a call of this protocol');
      const headers = { 'content-type': turn.contentType };
      return { status: 200, headers, body: Buffer.concat([...turn.render(said)]) };
    };
  };

  test('says the same as JSON and as a stream', async () => {
    demoReply(answer);
    const whole = await client.send(new ConverseCommand(PARAMS));
    const { texts, inputs, tools, stopReason, usage } = await streamed();
    const content = whole.output?.message?.content ?? [];
    expect(content[0]?.reasoningContent?.reasoningText?.text).toBe('I think.');
    expect(content[1]?.text).toBe(answer.text);
    expect(content.slice(2).map(({ toolUse }) => [toolUse?.name, toolUse?.input])).toEqual([
      ['send_money', { to: 'Ada', n: 1 }],
      ['send_money', {}],
    ]);
    expect([...texts]).toEqual([[1, answer.text]]);
    expect([...inputs.values()]).toEqual(answer.toolCalls.map((call) => call.arguments));
    expect(tools).toEqual(['send_money', 'send_money']);
    expect(stopReason).toBe('tool_use');
    expect(whole.stopReason).toBe('tool_use');
    expect(usage).toEqual(whole.usage);
  });

  test('counts tokens', async () => {
    demoReply({});
    const input = { converse: { messages: PARAMS.messages } };
    expect(await client.send(new CountTokensCommand({ modelId: MODEL, input }))).toMatchObject({ inputTokens: 2 });
  });
});
