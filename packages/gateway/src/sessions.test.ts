import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
let upstream: Server;
let gateway: TestGateway;
let seen: IncomingMessage['headers'];

beforeAll(async () => {
  upstream = createServer((request, response) => {
    seen = request.headers;
    const message = { role: 'assistant', content: 'Hi.', refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
    const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices };
    const headers = { 'content-type': 'application/json', 'x-sallyport-session': 'ses_of_the_provider' };
    response.writeHead(200, headers).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const provider = `providers:\n  mock: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1', key: { env: MOCK_KEY } }\n`;
  gateway = await testGateway(provider, { MOCK_KEY: 'provider-secret' });
});
afterAll(async () => {
  await gateway.end();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

async function ask(content: string, headers: Readonly<Record<string, string>> = {}) {
  const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: TEST_KEY, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content }];
  const { response } = await client.chat.completions.create({ model: 'm', messages }, { headers }).withResponse();
  const [opened] = gateway.newest();
  return {
    told: response.headers.get('x-sallyport-session'),
    recorded: opened?.kind === 'opened' ? opened.session : undefined,
  };
}

describe('a session through the gateway', () => {
  it('is named by the client, known again, and never shown under its name', async () => {
    const first = await ask('hello', { 'x-sallyport-session': 'chat-17' });
    const second = await ask('something else', { 'x-sallyport-session': 'chat-17' });
    expect(first.told).toMatch(/^ses_[0-9a-f]{20}$/);
    expect(second).toEqual({ told: first.told, recorded: { id: first.told, by: 'header' } });
    expect((await ask('hello', { 'x-sallyport-session': first.told ?? '' })).told).toBe(first.told);
    expect((await ask('hello', { 'x-sallyport-session': 'chat-18' })).told).not.toBe(first.told);
    expect(JSON.stringify(gateway.newest())).not.toContain('chat-1');
  });

  it('keeps the name from the provider, and passes the trace on as it is', async () => {
    const { recorded } = await ask('hello', { 'x-sallyport-session': 'chat-17', traceparent: TRACE });
    expect(recorded?.by).toBe('header');
    expect(seen).not.toHaveProperty('x-sallyport-session');
    expect(seen).toMatchObject({ traceparent: TRACE });
  });

  it('is that of its trace', async () => {
    const first = await ask('one', { traceparent: TRACE.replace('0af7', '1af7') });
    const second = await ask('two', { traceparent: TRACE.replace('0af7', '1af7').replace('b7ad', 'c7ad') });
    expect(second.recorded).toEqual({ id: first.told, by: 'trace' });
  });

  it('is refused a name that is none', async () => {
    await expect(ask('hello', { 'x-sallyport-session': 'two words' })).rejects.toThrow(BadRequestError);
  });
});
