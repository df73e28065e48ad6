import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

type Behaviour = (response: ServerResponse) => void;

/** A provider that a test plays. */
class Upstream {
  readonly server: Server;
  behave: Behaviour = (response) => response.destroy();
  seen: { readonly body: string; readonly headers: IncomingMessage['headers'] }[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.seen.push({ body: Buffer.concat(chunks).toString(), headers: request.headers });
        this.behave(response);
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const [first, second] = [new Upstream(), new Upstream()];
let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  const ports = [await first.listen(), await second.listen()];
  const provider = (name: string, port: number | undefined) =>
    `  ${name}: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1', key: { env: ${name.toUpperCase()}_KEY } }\n`;
  const yaml = [
    `providers:\n${provider('first', ports[0])}${provider('second', ports[1])}${provider('nobody', 1)}`,
    'routes:\n',
    '  - { name: pair, models: [m], providers: [first, second], retry: { perTryMs: 400 } }\n',
    '  - { name: lost, models: [lost], providers: [nobody, second] }\n',
    '  - { name: slow, models: [slow], provider: first, retry: { backoffMs: 60000, maxBackoffMs: 60000 } }\n',
    '  - { name: shut, models: [shut], provider: first, retry: { tries: 1 }, breaker: { failures: 1 } }\n',
  ].join('');
  gateway = await testGateway(yaml, { FIRST_KEY: 'first-key', SECOND_KEY: 'second-key', NOBODY_KEY: 'no-key' });
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: TEST_KEY, maxRetries: 0 });
});
beforeEach(() => {
  for (const upstream of [first, second]) Object.assign(upstream, { seen: [], behave: answers });
});
afterAll(async () => {
  await gateway.end();
  for (const upstream of [first, second]) await upstream.end();
});

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const message = { role: 'assistant', content: 'Hello.' };
const answers: Behaviour = (response) =>
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }));
const fails =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"error":{"message":"no"}}');

const ask = (model: string, options: OpenAI.RequestOptions = {}) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }] }, options);
const closed = () => gateway.newest().at(-1);

describe('a route with several providers', () => {
  it.each<[string, Behaviour]>([
    ['is overloaded', fails(529)],
    ['limits its rate for long', fails(429, { 'retry-after': '3600' })],
    ['hangs up', (response) => response.destroy()],
    ['is silent', () => undefined],
  ])('asks the next one when the first %s, and says who served', async (_, behave) => {
    first.behave = behave;
    const { choices } = await ask('m', { headers: { 'idempotency-key': 'once' } });
    expect(choices[0]?.message.content).toBe('Hello.');
    expect(closed()).toMatchObject({
      outcome: 'completed',
      upstreamStatus: 200,
      upstream: { provider: 'second', tries: 2 },
    });
    expect(gateway.newest()[0]).toMatchObject({ provider: 'first', resource: { provider: 'first' } });
    const [[one], [other]] = [first.seen, second.seen];
    expect(other?.body).toBe(one?.body);
    expect([one?.headers['idempotency-key'], other?.headers['idempotency-key']]).toEqual(['once', 'once']);
    expect([one?.headers.authorization, other?.headers.authorization]).toEqual([
      'Bearer first-key',
      'Bearer second-key',
    ]);
  });

  it('asks the next one when nobody answers at the first address', async () => {
    await ask('lost');
    expect(closed()).toMatchObject({ upstream: { provider: 'second', tries: 2 } });
  });

  it('counts tokens for the provider that served', async () => {
    const count = async () => {
      const text = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
      return Number(/sallyport_tokens_total\{provider="second",model="m",type="output"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    const before = await count();
    first.behave = fails(503);
    await ask('m');
    expect(await count()).toBe(before + usage.completion_tokens);
  });

  it('gives the last failure as it is: status, headers, body', async () => {
    first.behave = fails(500);
    second.behave = fails(429, { 'retry-after': '7', 'x-request-id': 'r1' });
    await expect(ask('m')).rejects.toMatchObject({ status: 429, requestID: 'r1', error: { message: 'no' } });
    const record = closed();
    expect(record).toMatchObject({ upstreamStatus: 429, upstream: { provider: 'second', tries: 2 } });
  });

  it('stays with a provider once its answer has begun', async () => {
    first.behave = (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":', () => response.destroy());
    await expect(ask('m')).rejects.toMatchObject({ status: 502 });
    expect(closed()).toMatchObject({ outcome: 'upstream-failed', upstream: { provider: 'first', tries: 1 } });
    expect(second.seen).toEqual([]);
  });
});

describe('a route that waits before it tries again', () => {
  it('ends with its client at once', async () => {
    first.behave = fails(500);
    const leaving = new AbortController();
    const asking = ask('slow', { signal: leaving.signal });
    await expect.poll(() => first.seen.length).toBe(1);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await expect.poll(closed).toMatchObject({ outcome: 'client-aborted', upstream: { provider: 'first', tries: 1 } });
    expect(first.seen).toHaveLength(1);
  });
});

describe('a route whose circuit is open', () => {
  it('answers 502 without a call', async () => {
    first.behave = fails(503);
    await expect(ask('shut')).rejects.toMatchObject({ status: 503 });
    await expect(ask('shut')).rejects.toMatchObject({ status: 502, code: 'upstream_unreachable' });
    expect(first.seen).toHaveLength(1);
    expect(closed()).not.toHaveProperty('upstream');
  });
});
