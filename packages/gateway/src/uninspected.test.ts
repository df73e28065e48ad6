import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const SOUND = Buffer.from(Array.from({ length: 5_000 }, (_, at) => at % 256));
let upstream: Server;
let passing: TestGateway;
let refusing: TestGateway;
let seen: { method?: string | undefined; url?: string | undefined; headers: IncomingMessage['headers']; body: Buffer };

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen = { method, url, headers, body: Buffer.concat(chunks) };
      if (url?.startsWith('/v1/audio') === true) {
        response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(SOUND);
      } else response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"file-1","object":"file"}');
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const provider = `providers:\n  mock: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1', key: { env: MOCK_KEY } }\n`;
  const route = 'routes:\n  - { name: all, provider: mock, uninspected: pass }\n';
  passing = await testGateway(`${provider}${route}`, { MOCK_KEY: 'provider-secret' });
  refusing = await testGateway(provider, { MOCK_KEY: 'provider-secret' });
});
afterAll(async () => {
  await Promise.all([passing.end(), refusing.end()]);
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const clientOf = ({ baseURL }: TestGateway) => new OpenAI({ baseURL, apiKey: TEST_KEY, maxRetries: 0 });
const upload = async (gateway: TestGateway) =>
  clientOf(gateway)
    .files.create({ purpose: 'user_data', file: await toFile(Buffer.from('ann@example.com'), 'a.txt') })
    .withResponse();

describe('an endpoint that the gateway cannot read', () => {
  it('is refused in the form of its protocol, unless a route says otherwise', async () => {
    await expect(upload(refusing)).rejects.toMatchObject({ status: 404, code: 'unknown_url' });
  });

  it('passes byte for byte where a route says so, with a receipt of 0%', async () => {
    const { data, response } = await upload(passing);
    expect(data.id).toBe('file-1');
    expect(response.headers.get('x-sallyport-receipt')).toMatch(/^0%; unseen unknown=/);
    expect(seen.url).toBe('/v1/files');
    expect(seen.headers['content-type']).toContain('multipart/form-data');
    expect(seen.headers.authorization).toBe('Bearer provider-secret');
    expect(seen.body.toString()).toContain('ann@example.com');
    const [opened, closed] = passing.newest();
    expect(opened).toMatchObject({
      kind: 'opened',
      request: { route: 'all', model: 'uninspected' },
      decisions: [{ kind: 'access', question: { action: 'pass-uninspected' } }, { kind: 'guard' }],
      receipt: { inspectedChars: 0, unseen: [{ kind: 'unknown', count: 1 }] },
    });
    expect(closed).toMatchObject({ kind: 'closed', outcome: 'completed', status: 200 });
  });

  it('may answer with anything', async () => {
    const speech = await clientOf(passing).audio.speech.create({ model: 'm', voice: 'alloy', input: 'hello' });
    expect(Buffer.from(await speech.arrayBuffer()).equals(SOUND)).toBe(true);
    expect(passing.newest().at(-1)).toMatchObject({ receipt: { unseen: [{ kind: 'unknown' }] } });
  });

  it('passes without a body too, and takes no key along', async () => {
    const got = await fetch(`${passing.baseURL}/files?key=${TEST_KEY}&limit=2`, {
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(got.status).toBe(200);
    expect(seen).toMatchObject({ method: 'GET', url: '/v1/files?limit=2' });
    expect(seen.body).toHaveLength(0);
  });

  it.each(['/v1/chat/completions/', '/v1/chat/%63ompletions', '/v1/Chat/Completions', '/v1//chat/completions'])(
    'is never one that is inspected, spelt %s',
    async (path) => {
      const got = await fetch(`${passing.dataUrl}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: '{"model":"m","messages":[]}',
      });
      expect(got.status).toBe(404);
    },
  );

  it('needs a gateway key like any other', async () => {
    expect((await fetch(`${passing.baseURL}/files`)).status).toBe(401);
  });
});
