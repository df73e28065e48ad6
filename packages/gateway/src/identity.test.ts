import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';
import { signedToken, type TestIssuer, testIssuer, times } from './testing/test-issuer.ts';

const NARROW_KEY = 'secret-of-the-narrow-key-000000';
const AGENT_KEY = 'secret-of-the-agent-key-0000000';
const EMBED_KEY = 'secret-of-the-embedding-key-000';
const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';

/** Who is not from finance may not use the model, whoever acts for them. */
const POLICY = `
@id("finance-only")
forbid (principal, action == Action::"use-model", resource == Model::"ledger-model")
unless { principal has onBehalfOf && principal.onBehalfOf in Group::"finance" };
`;

let folder: string;
let issuer: TestIssuer;
let upstream: Server;
let seen: IncomingHttpHeaders[] = [];
let statementKey: KeyObject;
let gateway: TestGateway;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-identity-'));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, 'policies', set), { recursive: true });
  writeFileSync(join(folder, 'policies', 'access', 'finance.cedar'), POLICY);
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  statementKey = pair.privateKey;
  writeFileSync(join(folder, 'planner.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  issuer = await testIssuer();
  upstream = createServer((request, response) => {
    seen.push(request.headers);
    const message = { role: 'assistant', content: 'hello' };
    const body = { id: 'x', object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] };
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const yaml = `
policies: { folder: ${join(folder, 'policies')} }
providers:
  stand-in: { kind: demo }
  real: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1', key: { env: PROVIDER_KEY } }
routes:
  - { name: real, models: [ledger-model, real-model], provider: real }
  - { name: plain, models: ['*'], provider: stand-in }
keys:
  narrow:
    scope: { routes: [plain], models: ['demo-*'], tools: [search], checkpoints: [input, output, tool-definition, tool-call] }
  embed: { scope: { checkpoints: [ingest] } }
  planner: { kind: agent, tenant: acme, groups: [agents] }
identity:
  issuers:
    - name: corp
      issuer: '${issuer.url}'
      audiences: [sallyport]
      jwks: '${issuer.url}/jwks'
      claims: { groups: groups }
  onBehalfOf:
    agents:
      - { agent: planner, users: ['*'], groups: [finance], publicKey: ${join(folder, 'planner.pem')} }
      - { agent: 'corp:planner', users: ['corp:ann'] }
`;
  gateway = await testGateway(yaml, {
    SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN,
    PROVIDER_KEY: 'the-key-of-the-provider',
    SALLYPORT_KEYS: `test:${TEST_KEY},narrow:${NARROW_KEY},planner:${AGENT_KEY},embed:${EMBED_KEY}`,
  });
});

afterAll(async () => {
  await gateway.end();
  await issuer.close();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly model?: string;
  /** Names of functions, or definitions. */
  readonly tools?: readonly (string | object)[];
  readonly messages?: readonly object[];
  readonly headers?: Record<string, string>;
}

async function ask(credential: string, { model = 'demo-model', tools, messages, headers = {} }: Asked = {}) {
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model,
      messages: messages ?? [{ role: 'user', content: 'hi' }],
      ...(tools && { tools: tools.map(definitionOf) }),
    }),
  });
  const text = await answer.text();
  return { status: answer.status, text, code: (JSON.parse(text) as { error?: { code?: string } }).error?.code };
}

function definitionOf(tool: string | object): object {
  return typeof tool === 'string' ? { type: 'function', function: { name: tool, parameters: {} } } : tool;
}

/** The decision that stopped the newest exchange. */
function stopped(): readonly string[] {
  const records = gateway.newest();
  const decisions = records.flatMap((record) => ('decisions' in record ? record.decisions : []));
  return decisions.filter(({ decision }) => decision.verdict === 'block').flatMap(({ decision }) => decision.policies);
}

describe('a key with a scope', () => {
  it('reaches what lies within', async () => {
    expect((await ask(NARROW_KEY, { tools: ['search'] })).status).toBe(200);
    expect(gateway.newest()[0]).toMatchObject({ principal: { id: 'narrow', scope: { routes: ['plain'] } } });
  });

  it.each<[string, Asked, string[]]>([
    ['another route', { model: 'real-model' }, ['scope:routes', 'scope:models']],
    ['another model', { model: 'other' }, ['scope:models']],
    ['a tool that it may not offer', { tools: ['search', 'shell'] }, ['scope:tools']],
    ['a tool of the provider’s own', { tools: ['search', { type: 'web_search' }] }, ['scope:tools']],
  ])('is refused %s with 403, by a decision of access that is recorded', async (_what, asked, policies) => {
    expect(await ask(NARROW_KEY, asked)).toMatchObject({ status: 403, code: 'access_denied' });
    await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ outcome: 'rejected', fault: 'ACCESS_DENIED' });
    expect(stopped()).toEqual(policies);
    expect((await ask(TEST_KEY, asked)).status).toBe(200);
  });

  it('is refused content at another checkpoint, in what was said before too', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'search', arguments: '{}' } };
    const before = [
      { role: 'user', content: 'look it up' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'found' },
    ];
    for (const messages of [
      before,
      [...before, { role: 'assistant', content: 'done' }, { role: 'user', content: 'and?' }],
    ]) {
      const answer = await ask(NARROW_KEY, { messages });
      expect(answer.text).toContain('does not reach');
      expect(stopped()).toContain('scope:checkpoints');
      expect((await ask(TEST_KEY, { messages })).text).toContain('demo');
    }
  });

  it('that takes in documents alone makes no model answer', async () => {
    expect((await ask(EMBED_KEY)).text).toContain('does not reach');
    expect(stopped()).toContain('scope:checkpoints');
    const embedded = await fetch(`${gateway.baseURL}/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${EMBED_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', input: 'a text' }),
    });
    expect(embedded.status).toBe(200);
    expect(stopped()).toEqual([]);
  });

  it('is not shown models that it does not reach', async () => {
    const listed = async (key: string) => {
      const answer = await fetch(`${gateway.baseURL}/models`, { headers: { authorization: `Bearer ${key}` } });
      return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    expect(await listed(TEST_KEY)).toContain('real-model');
    expect(await listed(NARROW_KEY)).not.toContain('real-model');
  });
});

describe('keys of the admin API', () => {
  const admin = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.adminUrl}/api/v1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };

  it('are narrowed, rotated with an overlap, and told when they were used last', async () => {
    const scope = { models: ['demo-*'] };
    const made = await admin('POST', '/keys', { name: 'app', scope, expiresAt: '2100-01-01T00:00:00Z' });
    expect(made).toMatchObject({ status: 201, body: { scope, expiresAt: '2100-01-01T00:00:00.000Z' } });
    const old = made.body.secret ?? '';
    expect((await ask(old)).status).toBe(200);
    expect((await ask(old, { model: 'other' })).status).toBe(403);
    const { body } = await admin('POST', '/keys/app/rotate', { overlapMs: 600_000 });
    expect((await ask(old)).status).toBe(200);
    expect((await ask(body.secret ?? '')).status).toBe(200);
    await admin('POST', '/keys/app/rotate', { overlapMs: 0 });
    expect(await ask(body.secret ?? '')).toMatchObject({ status: 401, text: expect.stringContaining('expired') });
    expect((await ask(old)).status).toBe(401);
    const { keys } = (await admin('GET', '/keys')).body as unknown as { keys: Record<string, string>[] };
    expect(keys).toMatchObject([{ name: 'app', lastUsed: expect.stringMatching(/:00\.000Z$/) }]);
  });

  it.each([
    { name: 'bad', expiresAt: '2000-01-01T00:00:00Z' },
    { name: 'bad', expiresAt: 'tomorrow' },
    { name: 'bad', certificate: 'abc' },
    { name: 'bad', scope: { models: [] } },
    { name: 'bad', scope: { routes: Array.from({ length: 65 }, () => 'r') } },
    { name: 'bad', scope: { checkpoints: ['anywhere'] } },
    { name: 'bad', scope: { elsewhere: ['x'] } },
  ])('are not made of %j', async (body) => {
    expect((await admin('POST', '/keys', body)).status).toBe(400);
    expect((await admin('POST', '/keys/nobody/rotate', { overlapMs: 0 })).status).toBe(404);
    expect((await admin('POST', '/keys/nobody/rotate', { overlapMs: -1 })).status).toBe(400);
  });
});

describe('a bearer token', () => {
  it('stands for whom its claims name, in every header in which a key could stand', async () => {
    const token = issuer.token({ sub: 'ann', groups: ['staff'] });
    expect((await ask(token)).status).toBe(200);
    expect(gateway.newest()[0]).toMatchObject({
      principal: { kind: 'user', id: 'corp:ann', tenant: 'default', groups: ['staff'] },
    });
    const answer = await fetch(`${gateway.dataUrl}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ model: 'demo', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(answer.status).toBe(200);
  });

  it('is refused where it is not one of ours, and nobody is told more than that', async () => {
    const foreign = await testIssuer();
    expect(await ask(foreign.token({ iss: issuer.url, sub: 'ann' }))).toMatchObject({ status: 401 });
    await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ outcome: 'rejected', fault: 'TOKEN_INVALID' });
    expect(await ask(issuer.token({ sub: 'ann', exp: 1 }))).toMatchObject({ status: 401 });
    await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ fault: 'TOKEN_EXPIRED' });
    await foreign.close();
  });

  it('never goes on to a provider, in whatever header it stands', async () => {
    seen = [];
    const token = issuer.token({ sub: 'bo' });
    expect((await ask(token, { model: 'real-model', headers: { 'x-copy': `was ${token}` } })).status).toBe(200);
    expect(JSON.stringify(seen)).not.toContain(token);
    expect(seen[0]?.authorization).toBe('Bearer the-key-of-the-provider');
  });
});

describe('an agent that acts for a user', () => {
  const statement = (over: object = {}) =>
    signedToken({ iss: 'planner', aud: 'sallyport', sub: 'ann', ...times(), ...over }, statementKey);
  const behalf = (text: string) => ({ headers: { 'x-sallyport-on-behalf-of': text } });

  it('says so in a signed statement: policies see both, records hold both, providers neither', async () => {
    seen = [];
    const text = statement({ groups: ['finance', 'admins'] });
    expect((await ask(AGENT_KEY, { model: 'ledger-model', ...behalf(text) })).status).toBe(200);
    const user = { id: 'ann', tenant: 'acme', groups: ['finance'] };
    for (const record of gateway.newest()) {
      expect(record).toMatchObject({ principal: { kind: 'agent', id: 'planner', onBehalfOf: user } });
    }
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain(text);
    expect(Object.keys(seen[0] ?? {}).filter((name) => name.startsWith('x-sallyport'))).toEqual([]);
  });

  it('gets what policy gives its user, and no more for itself', async () => {
    const other = await ask(AGENT_KEY, { model: 'ledger-model', ...behalf(statement()) });
    expect(other).toMatchObject({ status: 403 });
    expect(stopped()).toEqual(['finance-only']);
    expect((await ask(AGENT_KEY, { model: 'ledger-model' })).status).toBe(403);
  });

  it('is refused with a statement that is none, whoever shows it', async () => {
    for (const text of ['ann', '', statement({ iss: 'writer' }), statement({ exp: 1 })]) {
      expect((await ask(AGENT_KEY, behalf(text))).status).toBe(401);
      await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ outcome: 'rejected', fault: 'BEHALF_INVALID' });
    }
    expect((await ask(TEST_KEY, behalf(statement()))).status).toBe(403);
    await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ fault: 'BEHALF_DENIED' });
  });

  it('is named as the actor by a token, where configuration lets it act for that user', async () => {
    const token = issuer.token({ sub: 'ann', groups: ['finance'], act: { sub: 'planner' } });
    expect((await ask(token, { model: 'ledger-model' })).status).toBe(200);
    expect(gateway.newest()[0]).toMatchObject({
      principal: { kind: 'agent', id: 'corp:planner', onBehalfOf: { id: 'corp:ann', groups: ['finance'] } },
    });
    expect((await ask(issuer.token({ sub: 'bo', act: { sub: 'planner' } }))).status).toBe(403);
    expect((await ask(issuer.token({ sub: 'ann', act: { sub: 'writer' } }))).status).toBe(403);
  });
});
