import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Provider, ProviderCall } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpProviderConfig, Secret } from '../config/index.ts';
import { signatureHolds } from '../testing/aws-signature.ts';
import { openProvider } from './open-provider.ts';
import type { VendorKind } from './vendors.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

let server: Server;
let origin: string;
let seen: Seen;
let behave: (response: ServerResponse) => void;
const opened: Provider[] = [];

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '' } = request;
      seen = { method, path, headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) };
      behave(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const provider of opened) await provider.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const IDLE_MS = 400;

/** A provider of this kind at the test's server. */
function at(kind: VendorKind, path = '', config: Partial<HttpProviderConfig> = {}): Provider {
  const times = { connectMs: 1_000, headersMs: 1_000, idleMs: IDLE_MS };
  const whole = { name: 'it', models: ['*'], key: new Secret('provider-key'), signing: undefined, ...times, ...config };
  const provider = openProvider({ ...whole, kind, baseUrl: `${origin}${path}` }, 1_000_000);
  opened.push(provider);
  return provider;
}

function callOf(protocol: string, path: string): ProviderCall {
  const body = Buffer.from('{"a":1}');
  return { protocol, method: 'POST', path, headers: { 'x-own': '1' }, body, signal: new AbortController().signal };
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const json = (text: string) => (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(text);

describe('HttpProvider', () => {
  it.each<[VendorKind, string, string, string, string]>([
    ['openai', '/v1', 'openai-chat', '/chat/completions', '/v1/chat/completions'],
    ['groq', '/openai/v1', 'openai-responses', '/responses', '/openai/v1/responses'],
    ['anthropic', '', 'anthropic-messages', '/v1/messages', '/v1/messages'],
    ['gemini', '', 'gemini', '/v1beta/models/g:generateContent', '/v1beta/models/g:generateContent'],
    ['ollama', '', 'ollama', '/api/chat', '/api/chat'],
    ['ollama', '', 'openai-chat', '/chat/completions', '/v1/chat/completions'],
    ['deepseek', '', 'anthropic-messages', '/v1/messages', '/anthropic/v1/messages'],
    ['azure-openai', '/openai', 'openai-chat', '/chat/completions', '/openai/v1/chat/completions'],
    [
      'azure-openai',
      '/openai',
      'azure-openai-chat',
      '/deployments/d/x?api-version=1',
      '/openai/deployments/d/x?api-version=1',
    ],
    ['bedrock', '', 'bedrock-converse', '/model/a%3A0/converse', '/model/a%3A0/converse'],
    ['bedrock', '', 'openai-chat', '/chat/completions', '/openai/v1/chat/completions'],
  ])(
    'sends a call to `%s` at `%s` in `%s` where the vendor takes it',
    async (...[kind, base, protocol, path, whole]) => {
      behave = json('{}');
      const { body } = await at(kind, base).send(callOf(protocol, path));
      expect(await read(body)).toBe('{}');
      expect(seen).toMatchObject({ method: 'POST', path: whole, headers: { 'x-own': '1' } });
    },
  );

  it.each<[VendorKind, string, string, string]>([
    ['openai', 'openai-chat', 'authorization', 'Bearer provider-key'],
    ['anthropic', 'anthropic-messages', 'x-api-key', 'provider-key'],
    ['gemini', 'gemini', 'x-goog-api-key', 'provider-key'],
    ['azure-openai', 'openai-chat', 'api-key', 'provider-key'],
    ['bedrock', 'bedrock-converse', 'authorization', 'Bearer provider-key'],
  ])(
    'gives `%s` its key where it looks for it (%s: %s), and nowhere else',
    async (...[kind, protocol, name, value]) => {
      behave = json('{}');
      await at(kind).send(callOf(protocol, '/x'));
      const telling = Object.entries(seen.headers).filter(([, held]) => held.includes('provider-key'));
      expect(telling).toEqual([[name, value]]);
    },
  );

  it('sends no credentials where none are configured', async () => {
    behave = json('{}');
    await at('vllm', '', { key: undefined }).send(callOf('openai-chat', '/x'));
    expect(Object.keys(seen.headers)).not.toContain('authorization');
  });

  it('signs what Amazon Bedrock gets, and what it gets is what was signed', async () => {
    behave = json('{}');
    const [accessKeyId, secretAccessKey] = [new Secret('AKID'), new Secret('shh')];
    const signing = { region: 'eu-central-1', accessKeyId, secretAccessKey, sessionToken: new Secret('token') };
    const bedrock = at('bedrock', '/private', { key: undefined, signing });
    const call = callOf('bedrock-converse', '/model/arn%3Aaws%3Abedrock%2Fm-v1%3A0/converse');
    await bedrock.send({
      ...call,
      headers: { 'x-amz-date': 'of the client', 'x-amz-content-sha256': 'of the client' },
    });
    expect(signatureHolds(seen, 'shh')).toBe(true);
    expect(signatureHolds(seen, 'other')).toBe(false);
    expect(seen.headers['x-amz-security-token']).toBe('token');
  });

  it('refuses a call in a protocol that it does not speak, before anything is sent', async () => {
    const openai = at('openai');
    expect([...openai.protocols]).toContain('openai-chat');
    for (const protocol of ['gemini', 'constructor', '']) {
      await expect(openai.send(callOf(protocol, '/x'))).rejects.toMatchObject({ code: 'INTERNAL' });
    }
  });

  it('ends a call that still waits for its connection at once when it is cut off', async () => {
    const mute = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const baseUrl = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const times = { connectMs: 60_000, headersMs: 60_000, idleMs: 60_000 };
    const config = {
      name: 'mute',
      kind: 'openai',
      models: ['*'],
      key: undefined,
      signing: undefined,
      ...times,
    } as const;
    const provider = openProvider({ ...config, baseUrl }, 1_000);
    opened.push(provider);
    const exchange = new AbortController();
    const sending = provider.send({ ...callOf('openai-chat', '/x'), signal: exchange.signal });
    exchange.abort();
    await expect(sending).rejects.toMatchObject({ code: 'UPSTREAM_BROKEN' });
    const again = provider.send({ ...callOf('openai-chat', '/x'), signal: exchange.signal });
    await expect(again).rejects.toMatchObject({ code: 'UPSTREAM_BROKEN' });
    mute.close();
  });

  it('lets an answer take as long as it likes: `idleMs` bounds its silence alone', async () => {
    const pieces = 12;
    behave = (response) => {
      response.writeHead(200);
      let sent = 0;
      const timer = setInterval(() => {
        response.write('x');
        sent += 1;
        if (sent < pieces) return;
        clearInterval(timer);
        response.end();
      }, IDLE_MS / 8);
    };
    const { body } = await at('openai').send(callOf('openai-chat', '/x'));
    expect(await read(body)).toBe('x'.repeat(pieces));
    behave = (response) => response.writeHead(200).write('x');
    const silent = await at('openai').send(callOf('openai-chat', '/x'));
    await expect(read(silent.body)).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });
});

describe('HttpProvider.listModels()', () => {
  const { signal } = new AbortController();

  it.each<[VendorKind, string, string, string]>([
    ['openai', '/v1', '/v1/models', '{"data":[{"id":"m"}]}'],
    ['anthropic', '', '/v1/models?limit=1000', '{"data":[{"id":"m"}]}'],
    ['gemini', '', '/v1beta/models?pageSize=1000', '{"models":[{"name":"models/m"}]}'],
    ['ollama', '', '/api/tags', '{"models":[{"name":"m"}]}'],
    ['together', '/v1', '/v1/models', '[{"id":"m"}]'],
  ])('asks `%s` as that vendor is asked', async (...[kind, base, path, answer]) => {
    behave = json(answer);
    expect(await at(kind, base).listModels(signal)).toEqual(['m']);
    expect(seen).toMatchObject({ method: 'GET', path });
    expect(Object.values(seen.headers).join()).toContain('provider-key');
    if (kind === 'anthropic') expect(seen.headers['anthropic-version']).toBe('2023-06-01');
  });

  it('asks nobody where there is no list, and takes none from an error', async () => {
    expect(await at('bedrock').listModels(signal)).toEqual([]);
    behave = (response) => response.writeHead(403).end('{"data":[{"id":"m"}]}');
    expect(await at('openai').listModels(signal)).toEqual([]);
  });
});

describe('HttpProvider.modelDigests()', () => {
  const { signal } = new AbortController();

  it.each<[VendorKind, string, string, string, string]>([
    ['ollama', '', '/api/tags', '{"models":[{"name":"m","digest":"365c"}]}', '365c'],
    ['vllm', '/v1', '/v1/models', '{"data":[{"id":"m","root":"org/m","max_model_len":4096}]}', 'org/m:4096'],
  ])('asks `%s` as it is asked for its list', async (...[kind, base, path, answer, digest]) => {
    behave = json(answer);
    expect([...((await at(kind, base).modelDigests?.(signal)) ?? ['none'])]).toEqual([['m', digest]]);
    expect(seen).toMatchObject({ method: 'GET', path });
    behave = (response) => response.writeHead(500).end(answer);
    expect([...((await at(kind, base).modelDigests?.(signal)) ?? ['none'])]).toEqual([]);
  });

  it('asks nobody whose list does not say it', async () => {
    const before = seen;
    expect([...((await at('openai').modelDigests?.(signal)) ?? ['none'])]).toEqual([]);
    expect(seen).toBe(before);
  });
});
