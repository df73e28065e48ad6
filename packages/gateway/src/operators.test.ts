import { createConnection } from 'node:net';
import type { AdminRecord, AuditRecord } from '@sallyport/core';
import {
  OPERATOR_ROLES,
  type OperatorRole,
  openAuditTrail,
  operatorKey,
  type Permission,
  permits,
  REASON_MAX_CHARS,
} from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminApi } from './admin/admin-api.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';
import { type TestIssuer, testIssuer } from './testing/test-issuer.ts';
import { openListener } from './tls/listener-tls.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const HASH = '0'.repeat(32);
const REASON = 'a test';

interface Call {
  readonly permission: Permission;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every call of the admin API, with what it takes, and a body that is one. */
const CALLS: Readonly<Record<string, Call>> = {
  'GET /api/v1/status': { permission: 'status.read' },
  'GET /api/v1/openapi.json': { permission: 'status.read' },
  'GET /api/v1/policies': { permission: 'policies.read' },
  'GET /api/v1/budgets': { permission: 'budgets.read' },
  'GET /api/v1/signals': { permission: 'signals.read' },
  'GET /api/v1/reports/vendors': { permission: 'reports.read' },
  'GET /api/v1/reports/impact': { permission: 'reports.read' },
  'GET /api/v1/alerts': { permission: 'alerts.read' },
  'GET /api/v1/alerts/:id': { permission: 'alerts.read' },
  'POST /api/v1/alerts/:id': { permission: 'alerts.settle', body: { step: 'resolved' } },
  'GET /api/v1/containments': { permission: 'containments.read' },
  'POST /api/v1/containments': { permission: 'containments.change', body: {} },
  'DELETE /api/v1/containments/:id': { permission: 'containments.change' },
  // A stream has no end that this test could wait for.
  'GET /api/v1/events': { permission: 'events.read', headers: { 'last-event-id': 'no id' } },
  'GET /api/v1/exchanges': { permission: 'exchanges.read' },
  'GET /api/v1/exchanges/:id': { permission: 'exchanges.read' },
  'GET /api/v1/keys': { permission: 'keys.read' },
  'POST /api/v1/keys': { permission: 'keys.create', body: { name: 'no name' } },
  'POST /api/v1/keys/:name/rotate': { permission: 'keys.rotate', body: { overlapMs: 0 } },
  'DELETE /api/v1/keys/:name': { permission: 'keys.revoke' },
  'GET /api/v1/operators': { permission: 'operators.read' },
  'POST /api/v1/operators': { permission: 'operators.create', body: { name: 'no name', roles: ['viewer'] } },
  'POST /api/v1/operators/:name/rotate': { permission: 'operators.rotate', body: { overlapMs: 0 } },
  'DELETE /api/v1/operators/:name': { permission: 'operators.revoke' },
  'GET /api/v1/approvals': { permission: 'approvals.read' },
  'GET /api/v1/approvals/:id': { permission: 'approvals.read' },
  'POST /api/v1/approvals/:id': { permission: 'approvals.decide', body: { granted: true } },
  'GET /api/v1/tools': { permission: 'tools.read' },
  'GET /api/v1/tools/:id': { permission: 'tools.read' },
  'POST /api/v1/tools/:id': { permission: 'tools.decide', body: { step: 'accepted', hash: HASH } },
  'GET /api/v1/identities': { permission: 'identities.read' },
  'GET /api/v1/identity': { permission: 'identities.read' },
  'POST /api/v1/identity': { permission: 'identities.approve', body: { provider: 'demo', model: 'unseen' } },
  'GET /api/v1/authorizations': { permission: 'authorizations.read' },
  'DELETE /api/v1/authorizations/:id': { permission: 'authorizations.revoke' },
  'GET /api/v1/feedback': { permission: 'feedback.read' },
  'POST /api/v1/feedback': { permission: 'feedback.give', body: { exchange: 'nothing', verdict: 'missed' } },
  'POST /api/v1/feedback/undo': { permission: 'feedback.undo', body: { exchange: 'nothing' } },
  'GET /api/v1/access': { permission: 'access.read' },
  'PUT /api/v1/access/entities/:section/:name': { permission: 'entities.change', body: { value: {} } },
  'DELETE /api/v1/access/entities/:section/:name': { permission: 'entities.change' },
  'GET /api/v1/access/grants': { permission: 'access.read' },
  'POST /api/v1/access/grants': { permission: 'grants.give', body: {} },
  'POST /api/v1/access/grants/:id': { permission: 'grants.revoke', body: { step: 'revoked' } },
  'POST /api/v1/privacy/show': { permission: 'privacy.show', body: { exchange: 'nothing', reason: REASON } },
  'POST /api/v1/privacy/reveal': {
    permission: 'privacy.reveal',
    body: { exchange: 'nothing', placeholder: 'EMAIL_1', reason: REASON },
  },
  'POST /api/v1/privacy/export': { permission: 'privacy.export', body: { subject: 'tenant:default', reason: REASON } },
  'POST /api/v1/privacy/erase': { permission: 'privacy.erase', body: { subject: 'tenant:default', reason: REASON } },
  'POST /api/v1/privacy/rotate': { permission: 'privacy.rotate', body: { reason: REASON } },
};

let issuer: TestIssuer;
let gateway: TestGateway;
let api: FastifyInstance;
const tokens = new Map<OperatorRole, string>();

beforeAll(async () => {
  issuer = await testIssuer();
  const yaml = `
admin:
  issuers:
    - { name: corp, issuer: '${issuer.url}', audiences: [sallyport-admin], jwks: '${issuer.url}/jwks', claims: { groups: groups } }
  roles: { approver: [finance-leads], viewer: [staff] }
identity:
  issuers:
    - { name: corp, issuer: '${issuer.url}', audiences: [sallyport], jwks: '${issuer.url}/jwks', claims: { groups: groups } }
content: { keys: { env: CONTENT_KEYS } }
`;
  gateway = await testGateway(yaml, {
    SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN,
    CONTENT_KEYS: Buffer.alloc(32).toString('base64'),
  });
  const plain = { listener: 'admin', tls: undefined, handshakeMs: 1_000, onNews: () => undefined } as const;
  api = createAdminApi(gateway.house, openListener(plain));
  await api.ready();
  for (const role of OPERATOR_ROLES) tokens.set(role, await operator(`the-${role}`, [role]));
});
afterAll(async () => {
  await api.close();
  await gateway.end();
  await issuer.close();
});

async function operator(name: string, roles: readonly OperatorRole[]): Promise<string> {
  const made = await gateway.house.operators.tokens.create(operatorKey({ name, roles }), () => Promise.resolve());
  return made.secret;
}

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Record<string, unknown>;
}

function call(token: string | undefined, route: string, body?: object): Promise<Answer> {
  return callAt(gateway, route, { token, ...(body && { body }) });
}

interface Said {
  readonly token: string | undefined;
  readonly body?: object | undefined;
}

async function callAt({ adminUrl }: TestGateway, route: string, { token, body }: Said): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ');
  const answer = await fetch(`${adminUrl}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const said = (await answer.json()) as { readonly error?: { readonly code: string } };
  return { status: answer.status, code: said.error?.code, body: { ...said } };
}

/** Records of the kind since the log had this size. */
function recorded(since: number): readonly AdminRecord[] {
  return recordsOf('admin').slice(since) as readonly AdminRecord[];
}
const told = () => recordsOf('admin').length;

function recordsOf(kind: AuditRecord['kind'], { house } = gateway): readonly AuditRecord[] {
  const trail = openAuditTrail(house.config.data);
  const records = Array.from(trail.records({ kind }), ({ record }) => record);
  void trail.close();
  return records;
}

/** What the routes are, from how the server itself lists them. */
function routesOf(listed: string): readonly string[] {
  const path: string[] = [];
  return listed.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods = ''] = /^((?:[│ ] {3})*)[├└]── (\S+) \(([^)]*)\)$/.exec(line) ?? [];
    if (part === '') return [];
    path.splice(indent.length / 4);
    path.push(part);
    return methods.split(', ').map((method) => `${method} ${path.join('')}`);
  });
}

describe('the calls of the admin API', () => {
  it('each take a permission: there is none that this test does not know', () => {
    const routes = routesOf(api.printRoutes({ commonPrefix: false }));
    const asked = routes.filter((route) => !route.startsWith('HEAD ') && !/^GET \/approvals/.test(route));
    expect([...asked].sort()).toEqual(Object.keys(CALLS).sort());
  });

  it('cannot be added without one', () => {
    const plain = { listener: 'admin', tls: undefined, handshakeMs: 1_000, onNews: () => undefined } as const;
    const other = createAdminApi(gateway.house, openListener(plain));
    expect(() => other.get('/api/v1/new', () => ({}))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it.each(OPERATOR_ROLES)('are answered to `%s` as the table of roles has it', async (role) => {
    for (const [route, { permission, body, headers }] of Object.entries(CALLS)) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await api.inject({
        method: method as 'GET',
        url: path.replaceAll(/:\w+/g, 'nothing'),
        headers: { ...headers, authorization: `Bearer ${tokens.get(role)}` },
        ...(body && { payload: body }),
      });
      const { error } = answer.json<{ error?: { code: string } }>();
      const isRefused = answer.statusCode === 403 && error?.code === 'ROLE_MISSING';
      expect([route, isRefused]).toEqual([route, !permits([role], permission)]);
      expect(answer.statusCode).not.toBe(401);
      expect(answer.statusCode).toBeLessThan(500);
    }
  });

  it('are refused by HEAD as by GET', async () => {
    const headers = { authorization: `Bearer ${tokens.get('viewer')}` };
    expect((await api.inject({ method: 'HEAD', url: '/api/v1/keys', headers })).statusCode).toBe(403);
    expect((await api.inject({ method: 'HEAD', url: '/api/v1/status', headers })).statusCode).toBe(200);
  });
});

describe('the doors', () => {
  it('take no key or token of the data plane for the admin API, and none of an operator for the data plane', async () => {
    const made = await call(ADMIN_TOKEN, 'POST /api/v1/keys', { name: 'app', groups: ['admins'] });
    const corp = issuer.token({ sub: 'ann', groups: ['finance-leads', 'admins'] });
    for (const token of [TEST_KEY, String(made.body.secret), corp, '', undefined]) {
      expect((await call(token, 'GET /api/v1/status')).status, token).toBe(401);
    }
    const { house } = gateway;
    const ops = issuer.token({ sub: 'ann', aud: 'sallyport-admin', groups: ['finance-leads'] });
    for (const token of [ADMIN_TOKEN, ops, ...tokens.values()]) {
      expect(await house.authenticate({ credential: token })).toHaveProperty('fault');
    }
    expect(await house.authenticate({ credential: corp })).toMatchObject({ id: 'corp:ann' });
  });

  it('take tokens of an issuer, with the roles of their groups and no others', async () => {
    const token = (groups: readonly string[]) => issuer.token({ sub: 'ann', aud: 'sallyport-admin', groups });
    const lead = token(['finance-leads', 'admins', 'admin']);
    expect((await call(lead, 'GET /api/v1/approvals')).status).toBe(200);
    expect((await call(lead, 'POST /api/v1/operators', { name: 'eve', roles: ['admin'] })).code).toBe('ROLE_MISSING');
    expect((await call(token(['staff']), 'GET /api/v1/status')).status).toBe(200);
    const before = told();
    expect((await call(token([]), 'GET /api/v1/status')).code).toBe('ROLE_MISSING');
    expect(recorded(before)).toMatchObject([
      { operator: { id: 'corp:ann', roles: [], by: 'issuer' }, action: 'status.read', outcome: 'refused' },
    ]);
    expect((await call(issuer.token({ sub: 'ann', aud: 'other' }), 'GET /api/v1/status')).code).toBe('TOKEN_INVALID');
  });

  it('are closed to a token from the moment that it is revoked, also to a call whose body is still coming', async () => {
    const token = await operator('slow', ['operator']);
    const { hostname, port } = new URL(gateway.adminUrl);
    const body = JSON.stringify({ name: 'too-late' });
    const socket = createConnection({ host: hostname, port: Number(port) });
    const answered = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
    socket.write(
      `POST /api/v1/keys HTTP/1.1\r\nhost: localhost:${port}\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    // The head was read by the time that a later call is answered.
    expect((await call(token, 'GET /api/v1/status')).status).toBe(200);
    expect((await call(ADMIN_TOKEN, 'DELETE /api/v1/operators/slow')).status).toBe(200);
    socket.write(body.slice(5));
    expect(await answered).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
    expect(gateway.house.keys.list().map(({ name }) => name)).not.toContain('too-late');
    expect((await call(token, 'GET /api/v1/status')).code).toBe('KEY_INVALID');
  });

  it('end one operator once, whoever does it at the same time', async () => {
    await operator('twice', ['viewer']);
    const before = told();
    const route = 'DELETE /api/v1/operators/twice';
    const answers = await Promise.all([call(ADMIN_TOKEN, route), call(tokens.get('admin'), route)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    const done = recorded(before).filter(({ outcome }) => outcome === 'done');
    const failed = recorded(before).filter(({ outcome }) => outcome === 'failed');
    expect(done.length - failed.filter(({ exchange }) => done.some((one) => one.exchange === exchange)).length).toBe(1);
    expect(failed).toMatchObject([{ fault: 'NOT_FOUND' }]);
  });

  it('read headers up to their bound', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-large': 'x'.repeat(20_000) };
    expect((await fetch(`${gateway.adminUrl}/api/v1/status`, { headers })).status).toBe(431);
    const long = await call('x'.repeat(10_000), 'GET /api/v1/status');
    expect(long.code).toBe('KEY_INVALID');
  });
});

describe('a role', () => {
  it('is not had by saying so', async () => {
    const token = tokens.get('operator');
    for (const extra of [{ roles: ['admin'] }, { operator: 'admin' }, { by: 'admin' }, { groups: { admins: true } }]) {
      const { status } = await call(token, 'POST /api/v1/keys', { name: 'escalated', ...extra });
      expect([extra, status]).toEqual([extra, 400]);
    }
    const body = { name: 'eve', roles: ['admin'] };
    expect((await call(token, 'POST /api/v1/operators', body)).code).toBe('ROLE_MISSING');
    expect((await call(ADMIN_TOKEN, 'POST /api/v1/operators', { ...body, roles: ['root'] })).status).toBe(400);
    expect((await call(ADMIN_TOKEN, 'POST /api/v1/operators', { ...body, roles: [] })).status).toBe(400);
    expect((await call(ADMIN_TOKEN, 'POST /api/v1/operators', { ...body, name: 'admin' })).status).toBe(409);
  });

  it('lets an approver answer, who is then named; who was shown the call is recorded once', async () => {
    const ask = () =>
      gateway.house.approvals.ask({
        exchange: 'x',
        route: 'demo',
        protocol: 'openai-chat',
        principal: { kind: 'agent', id: 'mailer', tenant: 'default', groups: [] },
        tool: 'send',
        arguments: '{"to":"eve@corp-mail.com"}',
        toolGroups: [],
        provenance: [],
        policies: [],
        policySet: '',
      });
    const asked = ask();
    const id = 'id' in asked ? asked.id : '';
    const before = told();
    const token = await operator('ann', ['approver']);
    for (let look = 0; look < 3; look += 1) {
      expect((await call(token, 'GET /api/v1/approvals')).body.approvals).toMatchObject([{ id }]);
    }
    await call(token, `GET /api/v1/approvals/${id}`);
    expect(recorded(before)).toMatchObject([
      { action: 'approvals.read', operator: { id: 'ann', by: 'token' }, targets: [id], outcome: 'done' },
    ]);
    expect((await call(tokens.get('operator'), `POST /api/v1/approvals/${id}`, { granted: true })).status).toBe(403);
    const answer = await call(token, `POST /api/v1/approvals/${id}`, { granted: true, reason: 'known payee' });
    expect(answer.body).toMatchObject({ status: 'granted', decided: { by: 'ann', reason: 'known payee' } });
    expect(recordsOf('approval').at(-1)).toMatchObject({ step: 'granted', by: { id: 'ann' } });
    expect(recorded(before).filter(({ action }) => action === 'approvals.decide')).toMatchObject([
      { outcome: 'refused', operator: { id: 'the-operator' } },
    ]);
  });
});

describe('the record of a call', () => {
  it('says who made, turned and ended what, and why; never a secret', async () => {
    const before = told();
    const made = await call(tokens.get('operator'), 'POST /api/v1/keys', { name: 'billing', reason: 'new app' });
    await call(tokens.get('operator'), 'POST /api/v1/keys/billing/rotate', { overlapMs: 0 });
    await call(tokens.get('operator'), 'DELETE /api/v1/keys/billing', { reason: 'left' });
    await call(tokens.get('operator'), 'DELETE /api/v1/keys/billing');
    const operator = { id: 'the-operator', roles: ['operator'], by: 'token' };
    expect(recorded(before)).toMatchObject([
      { operator, action: 'keys.create', targets: ['billing'], outcome: 'done', reason: 'new app' },
      { operator, action: 'keys.rotate', targets: ['billing'], outcome: 'done' },
      { operator, action: 'keys.revoke', targets: ['billing'], outcome: 'done', reason: 'left' },
      { operator, action: 'keys.revoke', targets: [], outcome: 'failed', fault: 'NOT_FOUND' },
    ]);
    expect(JSON.stringify(recorded(before))).not.toContain(String(made.body.secret));
  });

  it('says why something was taken away, where a reason is given, and takes none that is none', async () => {
    const entity = '/api/v1/access/entities/principals/service%2Fgone';
    const make = async (name: string) => {
      await call(ADMIN_TOKEN, 'POST /api/v1/keys', { name });
      await call(ADMIN_TOKEN, 'POST /api/v1/operators', { name, roles: ['viewer'] });
      await call(ADMIN_TOKEN, `PUT ${entity}`, { value: { groups: [] } });
      return [`/api/v1/keys/${name}`, `/api/v1/operators/${name}`, entity];
    };
    const end = (path: string, body?: object) => call(ADMIN_TOKEN, `DELETE ${path}`, body);
    const before = told();
    for (const path of await make('gone')) {
      for (const wrong of [{ reason: 7 }, { reason: 'x'.repeat(REASON_MAX_CHARS + 1) }, { why: 'left' }]) {
        expect((await end(path, wrong)).status, path).toBe(400);
      }
      expect((await end(path, { reason: 'left' })).status, path).toBe(200);
    }
    const ends = recorded(before).filter(({ action, outcome }) => /revoke/.test(action) && outcome === 'done');
    expect(ends).toMatchObject([
      { action: 'keys.revoke', targets: ['gone'], reason: 'left' },
      { action: 'operators.revoke', targets: ['gone'], reason: 'left' },
    ]);
    expect(recordsOf('entity').at(-1)).toMatchObject({ step: 'removed', name: 'service/gone', reason: 'left' });
    for (const path of await make('gone-too')) expect((await end(path)).status, path).toBe(200);
    expect(recorded(before).at(-1)).toMatchObject({ action: 'operators.revoke', targets: ['gone-too'] });
    expect(recorded(before).at(-1)).not.toHaveProperty('reason');
    expect(recordsOf('entity').at(-1)).toMatchObject({ step: 'removed', reason: '' });
  });

  it('is left by operators that are made, and by reads of exchanges, not by looking at the state of things', async () => {
    const before = told();
    const made = await call(ADMIN_TOKEN, 'POST /api/v1/operators', { name: 'new', roles: ['viewer', 'approver'] });
    expect(made.body).toMatchObject({
      name: 'new',
      roles: ['viewer', 'approver'],
      token: expect.stringMatching(/^spo_/),
    });
    const { exchanges } = (await call(ADMIN_TOKEN, 'GET /api/v1/exchanges?limit=1')).body;
    for (const path of ['status', 'policies', 'keys', 'tools', 'budgets', 'access', 'operators']) {
      expect((await call(ADMIN_TOKEN, `GET /api/v1/${path}`)).status).toBe(200);
    }
    expect(recorded(before)).toMatchObject([
      { action: 'operators.create', targets: ['new'] },
      { action: 'exchanges.read', targets: (exchanges as { exchange: string }[]).map(({ exchange }) => exchange) },
    ]);
    expect(JSON.stringify((await call(ADMIN_TOKEN, 'GET /api/v1/operators')).body)).not.toMatch(/hmac|spo_/);
  });

  it('is left once: what has a kind of its own has no other', async () => {
    const before = told();
    const body = { value: { groups: ['legal'] }, reason: 'joined' };
    const put = await call(tokens.get('operator'), 'PUT /api/v1/access/entities/principals/service%2Ftest', body);
    expect(put.status).toBe(200);
    expect(recorded(before)).toEqual([]);
    expect(recordsOf('entity').at(-1)).toMatchObject({ by: { id: 'the-operator' }, reason: 'joined' });
    const officer = tokens.get('privacy-officer');
    const subject = { subject: 'user:default/user/ann', reason: 'asked' };
    expect((await call(officer, 'POST /api/v1/privacy/export', subject)).status).toBe(403);
    expect(recorded(before)).toEqual([]);
    expect(recordsOf('content').at(-1)).toMatchObject({ by: { id: 'the-privacy-officer' }, effect: 'block' });
    // There is nothing to erase: no other record says that somebody tried.
    expect((await call(officer, 'POST /api/v1/privacy/erase', subject)).status).toBe(200);
    expect(recorded(before)).toMatchObject([{ action: 'privacy.erase', outcome: 'done', reason: 'asked' }]);
    expect(JSON.stringify(recorded(before))).not.toContain('ann');
  });

  it('is left of strangers, by what they wanted, and not of what they said', async () => {
    const before = told();
    await call('guess-of-a-stranger', 'DELETE /api/v1/keys/secret-project');
    await call(undefined, 'GET /api/v1/nothing');
    expect(recorded(before)).toMatchObject([
      { action: 'keys.revoke', outcome: 'refused', fault: 'KEY_INVALID', targets: [] },
      { action: '', outcome: 'refused', fault: 'KEY_MISSING', targets: [] },
    ]);
    expect(JSON.stringify(recorded(before))).not.toMatch(/guess|secret-project/);
  });

  it('is no exchange', async () => {
    await call(ADMIN_TOKEN, 'GET /api/v1/exchanges');
    const { exchanges } = gateway.house.exchanges({ limit: 50 });
    expect(exchanges.flatMap(({ records }) => records.filter(({ kind }) => kind === 'admin'))).toEqual([]);
  });
});

describe('a log that takes no record', () => {
  it('lets nothing be done that it must be told of first, and nothing be read', async () => {
    const other = await testGateway('', { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
    const { tokens: operators } = other.house.operators;
    await callAt(other, 'POST /api/v1/keys', { token: ADMIN_TOKEN, body: { name: 'kept' } });
    await callAt(other, 'POST /api/v1/operators', { token: ADMIN_TOKEN, body: { name: 'ann', roles: ['viewer'] } });
    await other.house.audit.close();
    const before = [other.house.keys.list(), operators.list()];
    for (const [route, body] of [
      ['POST /api/v1/keys', { name: 'lost' }],
      ['POST /api/v1/keys/kept/rotate', { overlapMs: 0 }],
      ['DELETE /api/v1/keys/kept', undefined],
      ['POST /api/v1/operators', { name: 'eve', roles: ['admin'] }],
      ['POST /api/v1/operators/ann/rotate', { overlapMs: 0 }],
      ['DELETE /api/v1/operators/ann', undefined],
      ['PUT /api/v1/access/entities/principals/service%2Ftest', { value: { groups: ['legal'] } }],
      ['GET /api/v1/exchanges', undefined],
    ] as const) {
      const { status, code } = await callAt(other, route, { token: ADMIN_TOKEN, body: body });
      expect([route, status, code]).toEqual([route, 503, 'RECORD_FAILED']);
    }
    expect([other.house.keys.list(), operators.list()]).toEqual(before);
    // Looking at how things stand goes on, and so does turning people away.
    expect((await callAt(other, 'GET /api/v1/status', { token: ADMIN_TOKEN })).status).toBe(200);
    expect((await callAt(other, 'GET /api/v1/status', { token: 'wrong' })).status).toBe(401);
    await other.end();
  });
});
