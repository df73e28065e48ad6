import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { AuditRecord, Containment } from '@sallyport/core';
import fastify from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addContainments } from './admin/containments.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const chunk = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

let upstream: Server;
let desk: Server;
let gateway: TestGateway;
let tools: Client;
/** Sends more of the answer that is under way. */
let more: (text: string) => void;
const sent: string[] = [];

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

beforeAll(async () => {
  upstream = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => {
      body += String(bytes);
    });
    request.on('end', () => {
      if ((JSON.parse(body || '{}') as { stream?: boolean }).stream === true) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        more = (text) => response.write(chunk(text));
        more('a first sentence. '.repeat(40));
        return;
      }
      const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }];
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices }));
    });
  });
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'desk', version: '1' });
    const mail = { description: 'Sends a mail.', inputSchema: z.object({ to: z.string() }) };
    server.registerTool('send_mail', mail, async ({ to }) => {
      sent.push(to);
      return { content: [{ type: 'text', text: 'sent' }] };
    });
    return server;
  });
  const serve = toNodeHandler(handler);
  desk = createServer((request, response) => void serve(request as Parameters<typeof serve>[0], response));
  const [provider, mcp] = await Promise.all([listening(upstream), listening(desk)]);
  const yaml = `providers:
  mock: { kind: openai, baseUrl: 'http://127.0.0.1:${provider}/v1', key: { env: MOCK_KEY } }
mcp: { servers: { desk: { url: 'http://127.0.0.1:${mcp}/mcp' } } }
`;
  gateway = await testGateway(yaml, { MOCK_KEY: 'provider-secret', SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
  tools = new Client({ name: 'agent', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${TEST_KEY}` } };
  await tools.connect(new StreamableHTTPClientTransport(new URL(`${gateway.dataUrl}/mcp/desk`), { requestInit }));
  await tools.listTools();
}, 60_000);
afterEach(async () => {
  for (const { id } of gateway.house.containments.list()) await admin('DELETE', `/${id}`);
  sent.length = 0;
});
afterAll(async () => {
  await tools.close();
  await gateway.end();
  for (const server of [upstream, desk]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function admin(method: string, path = '', body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${gateway.adminUrl}/api/v1/containments${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function hold(over: object): Promise<Containment> {
  const wanted = { action: 'isolate', forMs: 3_600_000, reason: 'a test', ...over };
  const { status, body } = await admin('POST', '', wanted);
  expect(status).toBe(201);
  return body as Containment;
}

const ask = (body: object = {}) =>
  fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }], ...body }),
  });
const call = () => tools.callTool({ name: 'send_mail', arguments: { to: 'ann' } });

function policiesOf(records: readonly AuditRecord[]): readonly string[] {
  return records.flatMap((record) =>
    'decisions' in record ? record.decisions.flatMap(({ decision }) => decision.policies) : [],
  );
}

describe('a principal that is isolated', () => {
  const of = { kind: 'principal', name: 'service/test' };

  it('is refused by models with a code of its own, and the record names the isolation', async () => {
    const { id } = await hold({ of });
    const answer = await ask();
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'isolated' } });
    const records = gateway.newest();
    expect(records.at(-1)).toMatchObject({ kind: 'closed', fault: 'ISOLATED' });
    expect(policiesOf(records)).toContain(`isolation:${id}`);
    expect((await admin('DELETE', `/${id}`)).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });

  it('calls no tool in a session that was open before', async () => {
    const { id } = await hold({ of });
    const answer = await call();
    expect(answer).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('isolated') }] });
    expect(sent).toEqual([]);
    expect(policiesOf(gateway.newest())).toContain(`isolation:${id}`);
    await admin('DELETE', `/${id}`);
    expect((await call()).isError).not.toBe(true);
    expect(sent).toEqual(['ann']);
  });

  it('gets no more of an answer that is under way', async () => {
    const answer = await ask({ stream: true });
    const reader = answer.body?.getReader();
    let text = '';
    const read = async () => {
      const { value, done } = (await reader?.read()) ?? { done: true };
      text += value === undefined ? '' : Buffer.from(value).toString('utf8');
      return !done;
    };
    while (!text.includes('first')) await read();
    const { id } = await hold({ of });
    more('what was said afterwards. '.repeat(40));
    while (await read());
    expect(text).not.toContain('afterwards');
    expect(text).toContain('content_filter');
    expect(policiesOf(gateway.newest())).toContain(`isolation:${id}`);
  });

  it('sees no model', async () => {
    await hold({ of });
    const answer = await fetch(`${gateway.baseURL}/models`, { headers: { authorization: `Bearer ${TEST_KEY}` } });
    expect(await answer.json()).toMatchObject({ data: [] });
  });
});

describe('a model or a tool that is isolated', () => {
  it('answers nobody, and others do', async () => {
    await hold({ of: { kind: 'model', name: 'm' } });
    expect([(await ask()).status, (await ask({ model: 'n' })).status]).toEqual([403, 200]);
    expect((await call()).isError).not.toBe(true);
  });

  it('is not called', async () => {
    await hold({ of: { kind: 'tool', name: 'send_mail' } });
    expect(await call()).toMatchObject({ isError: true });
    expect([sent, (await ask()).status]).toEqual([[], 200]);
  });
});

describe('what is stepped up or throttled', () => {
  it('waits for a person with every tool call', async () => {
    const { id } = await hold({ action: 'step-up', of: { kind: 'principal', name: 'service/test' } });
    const answer = await call();
    expect(answer).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('Approval required') }] });
    expect(policiesOf(gateway.newest())).toContain(`step-up:${id}`);
    expect((await ask()).status).toBe(200);
    const [waiting] = gateway.house.approvals.list();
    await gateway.house.approvals.decide(waiting?.id ?? '', {
      granted: true,
      by: { kind: 'user', id: 'admin', tenant: 'default', groups: ['admins'] },
      via: 'admin-api',
      reason: '',
    });
    expect((await call()).isError).not.toBe(true);
    expect((await call()).isError).toBe(true);
    expect(sent).toEqual(['ann']);
  });

  it('is told when it may come again', async () => {
    const { id } = await hold({ action: 'throttle', perMinute: 1, of: { kind: 'model', name: 'm' } });
    expect((await ask()).status).toBe(200);
    const answer = await ask();
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(gateway.newest().at(-1)).toMatchObject({ fault: 'RATE_LIMITED', budgets: [{ limit: `throttle:${id}` }] });
    expect((await ask({ model: 'n' })).status).toBe(200);
  });

  it('has its calls counted too', async () => {
    const { id } = await hold({ action: 'throttle', perMinute: 1, of: { kind: 'tool', name: 'send_mail' } });
    expect([(await call()).isError === true, (await call()).isError === true]).toEqual([false, true]);
    expect(sent).toEqual(['ann']);
    expect(policiesOf(gateway.newest())).toContain(`budget:throttle:${id}`);
  });
});

describe('the admin API of containments', () => {
  it('lists what is in force, and takes no time without an end', async () => {
    const held = await hold({ of: { kind: 'agent', name: 'mailer' } });
    expect((await admin('GET')).body).toEqual({ containments: [held] });
    const endless = { action: 'isolate', of: { kind: 'tool', name: 't' }, reason: 'a test' };
    expect((await admin('POST', '', endless)).status).toBe(400);
    expect((await admin('DELETE', '/iso_unknown')).status).toBe(404);
  });
});

describe('addContainments()', () => {
  it('lets an operator of a tenant see, begin and end what is of that tenant alone', async () => {
    const api = fastify();
    api.decorateRequest('comer', null);
    api.addHook('onRequest', async (request) => {
      const principal = { kind: 'user', id: 'op', tenant: 'acme', groups: [] } as const;
      const operator = { principal, roles: ['operator'], by: 'token' } as const;
      const call = { operator, act: async () => undefined };
      request.comer = { operator, call } as unknown as typeof request.comer;
    });
    addContainments(api, gateway.house);
    const url = '/api/v1/containments';
    const post = (of: object) =>
      api.inject({
        method: 'POST',
        url,
        payload: { action: 'isolate', of, forMs: 60_000, reason: 'x', via: 'terminal' },
      });
    const [whole, other] = [
      await hold({ of: { kind: 'model', name: 'all' } }),
      await hold({ of: { kind: 'model', name: 'theirs', tenant: 'other' } }),
    ];
    expect((await api.inject({ method: 'GET', url })).json()).toEqual({ containments: [] });
    for (const { id } of [whole, other]) {
      const end = await api.inject({ method: 'DELETE', url: `${url}/${id}`, payload: { reason: 'x' } });
      expect(end.statusCode).not.toBe(200);
    }
    expect((await post({ kind: 'model', name: 'm', tenant: 'other' })).statusCode).not.toBe(201);
    const own = (await post({ kind: 'model', name: 'm' })).json() as Containment;
    expect(own.of).toEqual({ kind: 'model', name: 'm', tenant: 'acme' });
    expect((await api.inject({ method: 'GET', url })).json()).toMatchObject({ containments: [{ id: own.id }] });
    expect(gateway.house.containments.list()).toHaveLength(3);
    const end = await api.inject({ method: 'DELETE', url: `${url}/${own.id}`, payload: { reason: 'x' } });
    expect(end.statusCode).toBe(200);
    await api.close();
  });
});
