import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway(
    'limits:\n  maxBodyBytes: 65536\n  maxDepth: 16\n  maxNodes: 1000\n  headersTimeoutMs: 400\n  bodyTimeoutMs: 500\n  maxHeaderBytes: 8192\n',
  );
});
afterAll(() => gateway.end());

interface Answer {
  readonly status: number;
  readonly code: unknown;
  readonly exchange: string | undefined;
}

const BODY = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'hi' }] });

function post(body: Buffer | string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const parsed = JSON.parse(Buffer.concat(chunks).toString()) as { error?: { code: unknown } };
        const exchange = response.headers['x-sallyport-exchange'];
        resolve({ status: response.statusCode ?? 0, code: parsed.error?.code, exchange: exchange?.toString() });
      });
    });
    request.end(body);
  });
}

/** Sends bytes as they are and returns all that comes back until the connection ends. */
function raw(text: string, { halfClose = false }: { readonly halfClose?: boolean } = {}): Promise<string> {
  const { hostname, port } = new URL(gateway.dataUrl);
  return new Promise((resolve) => {
    let got = '';
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
      if (halfClose) socket.end(text);
      else socket.write(text);
    });
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1');
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => resolve(got));
    socket.on('close', () => resolve(got));
  });
}

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a request body that must not pass', () => {
  it.each([
    ['is larger than the limit', `${BODY}${' '.repeat(70_000)}`, 413],
    ['is nested too deep', `{"model":"demo","messages":${deep(40)}}`, 400],
    ['holds too many values', `{"model":"demo","messages":[],"stop":[${'"",'.repeat(1_000)}""]}`, 400],
    [
      'holds too many values in a piece',
      `{"model":"demo","messages":[{"role":"user","content":[${'1,'.repeat(1_000)}1]}]}`,
      400,
    ],
    ['ends early', BODY.slice(0, -3), 400],
    ['holds a second value', `${BODY} {}`, 400],
    ['repeats a key', `{"model":"demo","model":"other","messages":[{"role":"user","content":"hi"}]}`, 400],
    [
      'repeats a key by an escape',
      `{"model":"demo","m\\u006fdel":"x","messages":[{"role":"user","content":"hi"}]}`,
      400,
    ],
    [
      'repeats a key within a message',
      `{"model":"demo","messages":[{"role":"user","content":"hi","content":"ho"}]}`,
      400,
    ],
    ['holds a lone surrogate', `{"model":"demo","messages":[{"role":"user","content":"\\ud800"}]}`, 400],
    ['is not JSON', 'model=demo', 400],
    ['is empty', '', 400],
    ['has no messages', '{"model":"demo"}', 400],
    ['begins with a byte order mark', `\ufeff${BODY}`, 400],
  ])('is refused in the form of the protocol when it %s', async (_name, body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.code).toEqual(expect.any(String));
    expect(answer.exchange).toEqual(expect.any(String));
  });

  it('is refused when it is not UTF-8', async () => {
    const broken = Buffer.concat([
      Buffer.from('{"model":"demo","messages":[{"role":"user","content":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}]}'),
    ]);
    expect((await post(broken)).status).toBe(400);
    expect((await post(BODY, { 'content-type': 'application/json; charset=utf-16' })).status).toBe(415);
    expect((await post(BODY, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('is recorded as rejected, without any of its text', async () => {
    const { exchange } = await post('{"model":"demo","model":"sensitive words"}');
    const records = gateway.house.exchange(exchange ?? '');
    expect(records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'rejected' });
    expect(JSON.stringify(records)).not.toContain('sensitive');
  });
});

describe('a compressed request body', () => {
  it('is read as what it holds', async () => {
    expect((await post(gzipSync(BODY), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await post(deflateSync(BODY), { 'content-encoding': 'deflate' })).status).toBe(200);
  });

  it('is refused when it unpacks to more than the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20), { level: 9 });
    expect(bomb.length).toBeLessThan(65_536);
    expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  it('is refused when it is cut short, garbage, or of an unknown coding', async () => {
    expect((await post(gzipSync(BODY).subarray(0, 30), { 'content-encoding': 'gzip' })).status).toBeGreaterThanOrEqual(
      400,
    );
    expect((await post(BODY, { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(BODY, { 'content-encoding': 'compress' })).status).toBe(415);
    expect((await post(gzipSync(gzipSync(BODY)), { 'content-encoding': 'gzip, gzip' })).status).toBe(415);
  });
});

describe('a connection that does not behave', () => {
  it('gets 431 for a flood of headers', async () => {
    const flood = Array.from({ length: 400 }, (_, index) => `x-h${index}: ${'v'.repeat(40)}`).join('\r\n');
    expect(await raw(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${flood}\r\n\r\n`)).toContain('431');
  });

  it('is closed when its head never ends, and when its body never ends', async () => {
    expect(await raw('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-slow: ')).toContain('HTTP/1.1 408');
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\n`;
    const slow = await raw(`${head}content-type: application/json\r\ncontent-length: 500\r\n\r\n{"model"`);
    expect(slow).toContain('HTTP/1.1 408');
  });

  it('counts as gone when it was half closed: nothing is generated for nobody', async () => {
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\n`;
    const text = `${head}content-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
    expect(await raw(text, { halfClose: true })).toBe('');
    expect((await post(BODY)).status).toBe(200);
  });

  it('leaves the gateway alive when a thousand of it sit idle', async () => {
    const { hostname, port } = new URL(gateway.dataUrl);
    const idle = Array.from({ length: 1_000 }, () => connect({ host: hostname, port: Number(port) }));
    for (const socket of idle) socket.on('error', () => undefined);
    expect((await post(BODY)).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  it('is refused two lengths, and an obscured one', async () => {
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n';
    expect(await raw(`${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`)).toContain('400');
    expect(await raw(`${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`)).toContain('400');
  });
});

describe('a path', () => {
  it.each([
    '/v1/images/generations',
    '/v1/realtime',
    '/v1/files',
    '/',
    '/v1/chat/completions/',
    '/v1//chat/completions',
  ])('that no adapter knows is refused in the form of the protocol: %s', async (path) => {
    const response = await fetch(`${gateway.dataUrl}${path}`, { method: 'POST', body: BODY });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  });

  it('of the gateway itself needs no key: health, readiness, metrics', async () => {
    expect(await (await fetch(`${gateway.dataUrl}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${gateway.dataUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${gateway.dataUrl}/metrics`)).text()).toContain('sallyport_exchanges_total');
  });
});
