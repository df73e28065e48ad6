import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const page = readFileSync(new URL('../../../docs/guides/operations.md', import.meta.url), 'utf8');

let gateway: TestGateway;
beforeAll(async () => {
  const webhook = 'approvals: { webhook: { url: "http://127.0.0.1:9/", secret: { env: HOOK_SECRET } } }';
  gateway = await testGateway(`${webhook}\ncontent: { keys: { env: CONTENT_KEYS } }`, {
    CONTENT_KEYS: Buffer.alloc(32).toString('base64'),
    SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN,
    HOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
  });
});
afterAll(() => gateway.end());

function admin(path: string, { method = 'GET', body }: { method?: string; body?: object } = {}): Promise<Response> {
  return fetch(`${gateway.adminUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

function chat(
  key: string,
  content: string,
  { tools, ...script }: Readonly<Record<string, unknown>> = {},
): Promise<Response> {
  return fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(Object.keys(script).length > 0 && { 'x-demo-answer': JSON.stringify(script) }),
    },
    body: JSON.stringify({
      model: 'demo',
      messages: [{ role: 'user', content }],
      ...(tools !== undefined && { tools }),
    }),
  });
}

async function metrics(): Promise<string> {
  return (await fetch(`${gateway.dataUrl}/metrics`)).text();
}

/** Rows of the page's table of metrics: name, and names of labels. */
const documented = new Map(
  Array.from(page.matchAll(/^\| `(sallyport_\w+)` \|([^|]*)\|/gm), ([, name = '', labels = '']) => [
    name,
    Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label),
  ]),
);

describe('docs/guides/operations.md', () => {
  it('lists the metrics that there are, with their labels', async () => {
    await chat(TEST_KEY, 'write to eve@corp-mail.com', { toolCalls: [{ name: 'send', arguments: { to: 'you' } }] });
    await chat('no-key', 'hello');
    const text = await metrics();
    const names = Array.from(text.matchAll(/^# HELP (sallyport_\w+)/gm), ([, name = '']) => name);
    expect([...documented.keys()].sort()).toEqual(names.sort());
    for (const [, name = '', labels = ''] of text.matchAll(/^(sallyport_\w+)\{([^}]*)\}/gm)) {
      const used = Array.from(labels.matchAll(/(\w+)="/g), ([, label = '']) => label).filter((label) => label !== 'le');
      expect(documented.get(name.replace(/_bucket$/, '')), name).toEqual(used);
    }
  });

  it('lists the calls of the admin API', async () => {
    const calls = Array.from(page.matchAll(/^\| `(GET|POST|DELETE) (\/api\/v1\/[\w/:]+)` \|/gm));
    expect(calls).toHaveLength(35);
    const [newest] = gateway.house.exchanges({ limit: 1 }).exchanges;
    await admin('/api/v1/keys', { method: 'POST', body: { name: 'listed' } });
    const asked = gateway.house.approvals.ask({
      exchange: newest?.exchange ?? '',
      route: 'demo',
      protocol: 'openai-chat',
      principal: { kind: 'agent', id: 'mailer', tenant: 'default', groups: [] },
      tool: 'send',
      arguments: '{}',
      toolGroups: [],
      provenance: [],
      policies: [],
      policySet: '',
    });
    await admin('/api/v1/operators', { method: 'POST', body: { name: 'listed', roles: ['viewer'] } });
    await chat(TEST_KEY, 'hello', { tools: [{ type: 'function', function: { name: 'look' } }] });
    const { tools } = (await (await admin('/api/v1/tools')).json()) as { tools: readonly { readonly id: string }[] };
    const [opened] = gateway.house.exchanges({ limit: 1 }).exchanges;
    const ids = {
      exchanges: newest?.exchange,
      approvals: 'id' in asked ? asked.id : '',
      keys: 'listed',
      operators: 'listed',
      tools: tools[0]?.id,
      feedback: opened?.exchange,
      authorizations: 'aut_none',
      identity: '',
    };
    const bodies = {
      approvals: { granted: true },
      keys: { name: 'another', kind: 'agent', groups: ['a'] },
      operators: { name: 'another', roles: ['viewer'] },
      tools: { step: 'forgotten' },
      identity: { provider: 'demo', model: 'unseen' },
      feedback: { exchange: opened?.exchange, verdict: 'missed', category: 'injection' },
    };
    const subject = 'user:default/service/test';
    const privacy: Record<string, object> = {
      show: { exchange: newest?.exchange, reason: 'a test' },
      reveal: { exchange: newest?.exchange, placeholder: 'EMAIL_1', reason: 'a test' },
      export: { subject, reason: 'a test' },
      erase: { subject, reason: 'a test' },
      rotate: { reason: 'a test' },
    };
    // What is made has a status of its own; what is signed instead of holding the token is not, here.
    // Nothing was captured, no policy permits an export, nobody let the gateway in anywhere, and no model of that name answered.
    const statuses: Record<string, number> = {
      'POST /api/v1/keys': 201,
      'POST /api/v1/operators': 201,
      'POST /api/v1/approvals/webhook': 401,
      'POST /api/v1/privacy/show': 404,
      'POST /api/v1/privacy/reveal': 404,
      'POST /api/v1/privacy/export': 403,
      'DELETE /api/v1/authorizations/:id': 404,
      'GET /api/v1/identity': 400,
      'POST /api/v1/identity': 404,
    };
    for (const [, method = '', path = ''] of calls) {
      const kind = (path.split('/')[3] ?? '') as keyof typeof bodies;
      const place = path.replace(/:\w+/, () => ids[kind] ?? '');
      const undone = path.endsWith('/undo') ? { exchange: opened?.exchange } : bodies[kind];
      const turned = path.endsWith('/:name/rotate') ? { overlapMs: 0 } : undone;
      const body = turned ?? privacy[path.split('/')[4] ?? ''];
      const { status } = await admin(place, { method, ...(method === 'POST' && { body }) });
      expect([method, path, status]).toEqual([method, path, statuses[`${method} ${path}`] ?? 200]);
    }
    expect((await admin('/api/v1/nothing')).status).toBe(404);
  });
});

describe('the metrics', () => {
  it('count requests that were turned away, by code', async () => {
    await chat('no-key', 'hello');
    const text = await metrics();
    expect(text).toMatch(/^sallyport_rejections_total\{code="KEY_INVALID"\} [1-9]/m);
    expect(text).toMatch(/^sallyport_exchanges_total\{route="",outcome="rejected"\} [1-9]/m);
  });
});

describe('the admin API', () => {
  it('makes a key that works at once, and revokes it at once', async () => {
    const made = await admin('/api/v1/keys', { method: 'POST', body: { name: 'quick' } });
    const { secret } = (await made.json()) as { secret: string };
    expect((await chat(secret, 'hello')).status).toBe(200);
    expect((await admin('/api/v1/keys/quick', { method: 'DELETE' })).status).toBe(200);
    expect((await chat(secret, 'hello')).status).toBe(401);
  });

  it('answers nobody without the token, and under no other name', async () => {
    const url = `${gateway.adminUrl}/api/v1/status`;
    expect((await fetch(url)).status).toBe(401);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, origin: 'http://evil.example' };
    expect((await fetch(url, { headers })).status).toBe(403);
  });

  it('takes a body that is no JSON, or has another shape, for the mistake of its sender', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
    for (const body of ['{"name":', '{"name":7}', '{"name":"a","other":1}']) {
      const answer = await fetch(`${gateway.adminUrl}/api/v1/keys`, { method: 'POST', headers, body });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'BODY_SHAPE' } });
    }
  });
});
