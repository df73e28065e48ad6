import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

let upstream: Server;
let gateway: TestGateway;
let client: OpenAI;
let behave: Behaviour;
let lastBody = '';
let lastHeaders: IncomingMessage['headers'] = {};

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      lastBody = Buffer.concat(chunks).toString();
      lastHeaders = request.headers;
      behave(response, request);
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  gateway = await testGateway(
    `providers:\n  mock:\n    kind: openai\n    baseUrl: http://127.0.0.1:${port}/v1\n    key: { env: MOCK_KEY }\n    headersMs: 400\n    idleMs: 400\nlimits: { clientStallMs: 500 }\n`,
    { MOCK_KEY: 'provider-secret' },
  );
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: TEST_KEY, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.end();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const SSE = { 'content-type': 'text/event-stream' };
const chunk = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const WHOLE = `${chunk('Hello ')}${chunk('world.')}${chunk('', 'stop')}data: [DONE]\n\n`;

const ask = (stream: boolean) =>
  client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream } as const);

async function streamed(): Promise<string> {
  let text = '';
  for await (const part of (await ask(true)) as AsyncIterable<OpenAI.ChatCompletionChunk>) {
    text += part.choices[0]?.delta.content ?? '';
  }
  return text;
}

/** The stream's raw bytes. */
async function rawStream(): Promise<string> {
  const response = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: '{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}',
  });
  return response.text();
}

describe('a provider that works', () => {
  it('gets the body byte for byte, its own key, and none of the client', async () => {
    behave = (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[]}');
    const body = '{ "model" : "m",\n "messages":[{"role":"user","content":"h\\u0069 ☃"}] , "unknown":{"a":[1,2.50]} }';
    const response = await fetch(`${gateway.baseURL}/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TEST_KEY}`,
        'content-type': 'application/json',
        'openai-organization': 'org',
        cookie: 'c=1',
      },
      body,
    });
    expect(await response.text()).toBe('{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[]}');
    expect(lastBody).toBe(body);
    expect(lastHeaders.authorization).toBe('Bearer provider-secret');
    expect(lastHeaders['openai-organization']).toBe('org');
    expect(lastHeaders.cookie).toBeUndefined();
    expect(JSON.stringify(lastHeaders)).not.toContain(TEST_KEY);
  });

  it('streams through byte for byte: heartbeats, CRLF, odd spacing, unknown fields', async () => {
    const odd = `: heartbeat\r\n\r\n${WHOLE.replaceAll('\n', '\r\n')}`.replace('data: [', 'data:[');
    behave = (response) => response.writeHead(200, SSE).end(odd);
    expect(await rawStream()).toBe(odd);
  });

  it('streams through when it sends one byte at a time', async () => {
    behave = (response) => {
      response.writeHead(200, SSE);
      for (const byte of Buffer.from(WHOLE)) response.write(Buffer.from([byte]));
      response.end();
    };
    expect(await rawStream()).toBe(WHOLE);
  });

  it('is understood when it compresses, asked or not', async () => {
    behave = (response) => response.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }).end(gzipSync(WHOLE));
    expect(await streamed()).toBe('Hello world.');
    expect(lastHeaders['accept-encoding']).toBe('identity');
  });
});

describe('a provider that does not', () => {
  const last = () => gateway.newest().at(-1);

  it.each([
    ['refuses to answer in time', () => undefined, 504],
    ['closes without an answer', (response: ServerResponse) => response.destroy(), 502],
    [
      'answers with garbage',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[{"mess'),
      502,
    ],
    [
      'repeats keys',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"a","id":"b","choices":[]}'),
      502,
    ],
    [
      'lies about its compression',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('{}'),
      502,
    ],
  ])('is an error in the form of the protocol when it %s', async (_name, behaviour, status) => {
    behave = behaviour;
    await expect(ask(false)).rejects.toMatchObject({ status, error: { message: expect.any(String) } });
    expect(last()).toMatchObject({ kind: 'closed', outcome: 'upstream-failed' });
  });

  it.each([
    [
      'dies',
      (response: ServerResponse) => response.writeHead(200, SSE).write(chunk('Hello '), () => response.destroy()),
    ],
    ['ends without its last event', (response: ServerResponse) => response.writeHead(200, SSE).end(chunk('Hello '))],
    ['falls silent', (response: ServerResponse) => response.writeHead(200, SSE).write(chunk('Hello '))],
    [
      'sends garbage',
      (response: ServerResponse) => response.writeHead(200, SSE).end(`${chunk('Hello ')}data: {"choices":\n\n`),
    ],
  ])('is a visible failure when it %s in mid-stream', async (_name, behaviour) => {
    behave = behaviour;
    await expect(streamed()).rejects.toThrow();
    expect(last()).toMatchObject({ kind: 'closed', outcome: 'upstream-failed' });
  });

  it('hands an error on as it is', async () => {
    const body =
      '{"error":{"message":"no such model","type":"invalid_request_error","param":null,"code":"model_not_found"}}';
    behave = (response) =>
      response.writeHead(404, { 'content-type': 'application/json', 'x-request-id': 'r1' }).end(body);
    await expect(ask(true)).rejects.toMatchObject({ status: 404, code: 'model_not_found', requestID: 'r1' });
  });

  it('hands an error page on that is not JSON', async () => {
    behave = (response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>busy</h1>');
    await expect(ask(false)).rejects.toMatchObject({ status: 503 });
  });
});

describe('a client that goes away', () => {
  it('takes its provider call with it before the next chunk', async () => {
    let closed: Promise<void> | undefined;
    behave = (response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      response.writeHead(200, SSE).write(chunk('Hello '));
    };
    const stream = (await ask(true)) as AsyncIterable<OpenAI.ChatCompletionChunk> & { controller: AbortController };
    for await (const _ of stream) {
      stream.controller.abort();
      break;
    }
    await closed;
    await expect.poll(() => last()).toMatchObject({ kind: 'closed', outcome: 'client-aborted' });
  });

  const last = () => gateway.newest().at(-1);
});

describe('a client that stops reading', () => {
  it('is cut off after `clientStallMs`, and its provider call with it', async () => {
    let closed: Promise<void> | undefined;
    behave = (response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      response.writeHead(200, SSE);
      const block = chunk('words that nobody reads '.repeat(200)).repeat(16);
      const more = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', more);
      more();
    };
    const { hostname, port } = new URL(gateway.dataUrl);
    const body = '{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}';
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    socket.pause();
    await expect.poll(() => closed !== undefined).toBe(true);
    await closed;
    await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ kind: 'closed', outcome: 'client-aborted' });
    socket.destroy();
  });
});

describe('headers of an answer', () => {
  it('that would act on the client beyond the answer stay here', async () => {
    const own = {
      'set-cookie': 'a=1',
      refresh: '0;url=http://x',
      location: 'http://x',
      'x-request-id': 'r',
      'x-sallyport-decision': 'allow',
    };
    behave = (response) =>
      response.writeHead(200, { 'content-type': 'application/json', ...own }).end('{"choices":[]}');
    const response = await fetch(`${gateway.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
    });
    for (const name of ['set-cookie', 'refresh', 'location']) expect(response.headers.get(name)).toBeNull();
    expect(response.headers.get('x-request-id')).toBe('r');
    expect(response.headers.get('x-sallyport-receipt')).toBe('100%');
  });
});
