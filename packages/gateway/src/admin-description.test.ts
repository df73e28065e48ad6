import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdminDescription } from './admin/description/admin-description.ts';
import { adminReference } from './admin/description/admin-reference.ts';
import { type Asked, DescribedApi } from './testing/described-api.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const GUARD = `
@id("mail-needs-a-human") @effect("ask")
forbid (principal, action == Action::"tool-call", resource == Tool::"send_mail");
@id("addresses") @effect("redact") @redact("type:email") @capture("redacted") @vault("keep")
forbid (principal, action == Action::"input", resource);
`;
const REVEAL = `@id("reveal") permit (principal, action == Action::"reveal", resource);`;
const REASON = 'a test';

let folder: string;
let receiver: Server;
let gateway: TestGateway;
let api: DescribedApi;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set));
  writeFileSync(join(folder, 'guard', 'guard.cedar'), GUARD);
  writeFileSync(join(folder, 'access', 'reveal.cedar'), REVEAL);
  receiver = createServer((request, response) => void request.resume().on('end', () => response.end()));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  gateway = await testGateway(
    `policies: { folder: ${folder} }
approvals: { webhook: { url: "${url}", secret: { env: HOOK_SECRET } } }
content: { keys: { env: CONTENT_KEYS } }
budgets: { limits: [{ name: daily, counts: requests, max: 1000, per: day, by: [principal] }] }
alerts:
  rules:
    busy: { count: { of: exchange, atLeast: 1 }, by: [model] }
  sinks: { ops: { kind: webhook, url: "${url}", secret: { env: HOOK_SECRET } } }
`,
    {
      SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN,
      HOOK_SECRET: SECRET,
      CONTENT_KEYS: Buffer.alloc(32).toString('base64'),
    },
  );
  api = await DescribedApi.of(gateway, ADMIN_TOKEN);
}, 60_000);
afterAll(async () => {
  await gateway.end();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Uses a model. @returns the exchange */
async function use(content: string, { model = 'demo', call = '', tool = 'first' } = {}): Promise<string> {
  const tools = [
    { type: 'function', function: { name: 'send_mail', description: tool, parameters: { type: 'object' } } },
  ];
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      'content-type': 'application/json',
      ...(call !== '' && {
        'x-demo-answer': JSON.stringify({ toolCalls: [{ name: call, arguments: { to: content } }] }),
      }),
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], tools }),
  });
  await answer.text();
  return answer.headers.get('x-sallyport-exchange') ?? '';
}

async function first(id: string, member: string): Promise<Record<string, never>> {
  return vi.waitFor(async () => {
    const { body } = await api.call(id, {});
    const [item] = body[member] as unknown as Record<string, never>[];
    if (item === undefined) throw new Error(`${member} are none`);
    return item;
  });
}

async function waiting(): Promise<string> {
  await use(`user-${Math.random()}`, { call: 'send_mail' });
  const { body } = await api.call('listApprovals', {});
  const open = (body.approvals as unknown as { id: string; status: string }[]).find(
    ({ status }) => status === 'pending',
  );
  return open?.id ?? '';
}

async function held(): Promise<string> {
  const of = { kind: 'tool', name: `tool-${Math.random()}` };
  const { body } = await api.call('beginContainment', {
    body: { action: 'isolate', of, forMs: 60_000, reason: REASON },
  });
  return String(body.id);
}

async function granted(): Promise<string> {
  const { body } = await api.call('giveGrant', { body: GRANT });
  return String(body.id);
}

const GRANT = {
  who: 'user/ann',
  actions: ['use-model'],
  resource: { kind: 'model', id: 'm' },
  until: new Date(Date.now() + 86_400_000).toISOString(),
  reason: REASON,
  requestedBy: 'bob',
};

let signed = 0;
function decision(body: object, secret = SECRET): Asked {
  const text = JSON.stringify(body);
  signed += 1;
  const id = `msg_${signed}`;
  const at = new Date();
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, text),
  };
  return { body: text, headers, token: '' };
}

interface Case {
  /** A request that is answered well, after what it takes. */
  readonly good: Asked | (() => Promise<Asked>);
  readonly bad: Asked;
  /** What the bad one comes to. */
  readonly refused: number;
}

const NOBODY = { bad: { token: '' }, refused: 401 } as const;
const STRANGE = { bad: { query: '?strange=1' }, refused: 400 } as const;
const LIST = { good: { query: '?limit=1' }, bad: { query: '?limit=201' }, refused: 400 } as const;
const PERIOD = '?from=2026-01-01T00:00:00Z&to=2126-01-01T00:00:00Z';
const UNKNOWN = { params: { id: 'nothing' } };
const addressed = { placeholder: '[EMAIL_1]', reason: REASON };
const mail = (n: number) => use(`Write to joe${n}@example.org`);

/** Every operation: one that is not here, or not there, fails the test. */
const CASES: Readonly<Record<string, Case>> = {
  showStatus: { good: {}, ...NOBODY },
  showPolicies: { good: {}, ...NOBODY },
  showDescription: { good: {}, ...NOBODY },
  showAccess: { good: {}, ...NOBODY },
  showSignals: { good: { query: '?scope=model&limit=5' }, bad: { query: '?scope=moon' }, refused: 400 },
  listKeys: LIST,
  createKey: { good: { body: { name: 'a-key' } }, bad: { body: { name: 'no name' } }, refused: 400 },
  rotateKey: {
    good: async () => {
      await api.call('createKey', { body: { name: 'b-key', scope: { models: ['m'] } } });
      return { params: { name: 'b-key' }, body: { overlapMs: 0 } };
    },
    bad: { params: { name: 'nothing' }, body: { overlapMs: 0 } },
    refused: 404,
  },
  revokeKey: {
    good: async () => {
      await api.call('createKey', { body: { name: 'c-key' } });
      return { params: { name: 'c-key' } };
    },
    bad: { params: { name: 'nothing' } },
    refused: 404,
  },
  listOperators: LIST,
  createOperator: {
    good: { body: { name: 'ann', roles: ['viewer'], expiresAt: '2126-01-01T00:00:00Z' } },
    bad: { body: { name: 'ann', roles: [] } },
    refused: 400,
  },
  rotateOperator: {
    good: async () => {
      await api.call('createOperator', { body: { name: 'bob', roles: ['viewer'] } });
      return { params: { name: 'bob' }, body: { overlapMs: 0 } };
    },
    bad: { params: { name: 'bob' }, body: {} },
    refused: 400,
  },
  revokeOperator: {
    good: async () => {
      await api.call('createOperator', { body: { name: 'eve', roles: ['viewer'] } });
      return { params: { name: 'eve' }, body: { reason: REASON } };
    },
    bad: { params: { name: 'nobody' } },
    refused: 404,
  },
  putEntity: {
    good: { params: { section: 'tools', name: 'send_mail' }, body: { value: { groups: ['mail'] } } },
    bad: { params: { section: 'moons', name: 'send_mail' }, body: { value: {} } },
    refused: 404,
  },
  removeEntity: {
    good: async () => {
      const params = { section: 'tools', name: 'other' };
      await api.call('putEntity', { params, body: { value: {} } });
      return { params };
    },
    bad: { params: { section: 'tools', name: 'nothing' } },
    refused: 404,
  },
  listGrants: LIST,
  giveGrant: { good: { body: GRANT }, bad: { body: { ...GRANT, actions: [] } }, refused: 400 },
  revokeGrant: {
    good: async () => ({ params: { id: await granted() }, body: { step: 'revoked', reason: REASON } }),
    bad: { ...UNKNOWN, body: { step: 'revoked' } },
    refused: 404,
  },
  listExchanges: {
    good: async () => {
      await use('hello');
      return { query: '?limit=2' };
    },
    bad: { query: '?cursor=x' },
    refused: 400,
  },
  showExchange: {
    good: async () => ({ params: { id: await use('hello') } }),
    bad: UNKNOWN,
    refused: 404,
  },
  listFeedback: LIST,
  giveFeedback: {
    good: async () => ({ body: { exchange: await use('hello'), verdict: 'missed', reason: REASON } }),
    bad: { body: { exchange: 'nothing', verdict: 'missed' } },
    refused: 404,
  },
  undoFeedback: {
    good: async () => {
      const exchange = await use('hello');
      await api.call('giveFeedback', { body: { exchange, verdict: 'missed' } });
      return { body: { exchange } };
    },
    bad: { body: { exchange: '' } },
    refused: 400,
  },
  listAlerts: {
    good: async () => {
      await use('hello');
      await first('listAlerts', 'alerts');
      return { query: '?state=open&limit=10' };
    },
    bad: { query: '?cursor=alr_nothing' },
    refused: 404,
  },
  showAlert: {
    good: async () => ({ params: { id: (await first('listAlerts', 'alerts')).id ?? '' } }),
    bad: UNKNOWN,
    refused: 404,
  },
  settleAlert: {
    good: async () => {
      const { id = '' } = await first('listAlerts', 'alerts');
      return { params: { id }, body: { step: 'acknowledged', reason: REASON } };
    },
    bad: { ...UNKNOWN, body: { step: 'forgotten' } },
    refused: 400,
  },
  listContainments: LIST,
  beginContainment: {
    good: {
      body: { action: 'throttle', perMinute: 5, of: { kind: 'tool', name: 't' }, forMs: 60_000, reason: REASON },
    },
    bad: { body: { action: 'isolate' } },
    refused: 400,
  },
  endContainment: {
    good: async () => ({ params: { id: await held() }, body: { reason: REASON } }),
    bad: UNKNOWN,
    refused: 404,
  },
  listApprovals: {
    good: async () => {
      await waiting();
      return { query: '?limit=1' };
    },
    ...STRANGE,
  },
  showApproval: { good: async () => ({ params: { id: await waiting() } }), bad: UNKNOWN, refused: 404 },
  decideApproval: {
    good: async () => ({ params: { id: await waiting() }, body: { granted: false, reason: REASON } }),
    bad: { ...UNKNOWN, body: { granted: 'perhaps' } },
    refused: 400,
  },
  takeDecision: {
    good: async () => decision({ approval: await waiting(), granted: true, by: 'ann' }),
    bad: decision({ approval: 'a', granted: true, by: 'ann' }, `whsec_${Buffer.alloc(32, 1).toString('base64')}`),
    refused: 401,
  },
  listTools: {
    good: async () => {
      await use('hello');
      await use('hello', { tool: 'second' });
      return {};
    },
    ...STRANGE,
  },
  showTool: {
    good: async () => ({ params: { id: (await first('listTools', 'tools')).id ?? '' } }),
    bad: UNKNOWN,
    refused: 404,
  },
  decideTool: {
    good: async () => {
      const { id = '', waiting: others = [] } = await first('listTools', 'tools');
      const [{ hash }] = others as unknown as [{ hash: string }];
      return { params: { id }, body: { step: 'accepted', hash } };
    },
    bad: { ...UNKNOWN, body: { step: 'accepted', hash: 'x' } },
    refused: 400,
  },
  listBudgets: {
    good: async () => {
      await use('hello');
      return {};
    },
    ...STRANGE,
  },
  listIdentities: {
    good: async () => {
      await use('hello');
      await first('listIdentities', 'identities');
      return {};
    },
    ...STRANGE,
  },
  showIdentity: {
    good: async () => {
      const { provider, model } = await first('listIdentities', 'identities');
      return { query: `?provider=${provider}&model=${model}` };
    },
    bad: { query: '?provider=demo' },
    refused: 400,
  },
  approveIdentity: {
    good: async () => {
      const { provider, model } = await first('listIdentities', 'identities');
      return { body: { provider, model, reason: REASON } };
    },
    bad: { body: { provider: 'demo', model: 'never-seen' } },
    refused: 404,
  },
  listAuthorizations: LIST,
  revokeAuthorization: {
    // What it answers to a good request is held against the description where there is one to revoke: `authorization-pages.test.ts`.
    good: { params: { id: 'nothing' } },
    bad: UNKNOWN,
    refused: 404,
  },
  reportVendors: { good: { query: PERIOD }, bad: { query: '?from=yesterday' }, refused: 400 },
  reportImpact: { good: { query: PERIOD }, bad: { query: '?from=yesterday' }, refused: 400 },
  followEvents: { good: {}, bad: { headers: { 'last-event-id': 'no id' } }, refused: 400 },
  showContent: {
    good: async () => ({ body: { exchange: await mail(1), reason: REASON } }),
    bad: { body: { exchange: 'nothing', reason: REASON } },
    refused: 404,
  },
  revealValue: {
    good: async () => ({ body: { exchange: await mail(2), ...addressed } }),
    bad: { body: addressed },
    refused: 400,
  },
  exportSubject: {
    good: async () => {
      await mail(3);
      return { body: { subject: 'user:default/service/test', reason: REASON } };
    },
    bad: { body: { subject: 'nobody', reason: REASON } },
    refused: 400,
  },
  rotateContentKeys: { good: { body: { reason: REASON } }, bad: { body: {} }, refused: 400 },
  eraseSubject: {
    good: async () => {
      await mail(4);
      return { body: { subject: 'user:default/service/test', reason: REASON } };
    },
    bad: { body: { subject: 'nobody', reason: REASON } },
    refused: 400,
  },
};

/** Answered apart: a stream does not end, and there is nothing to revoke here. */
const APART = new Set(['followEvents', 'revokeAuthorization']);

describe('the description of the admin API', () => {
  it('describes every operation that a test calls, and no other', () => {
    expect([...api.operations.keys()].sort()).toEqual(Object.keys(CASES).sort());
  });

  it('lets no route be added that says nothing of itself', () => {
    const description = new AdminDescription();
    const server = fastify();
    server.addHook('onRoute', ({ method, url, config }) => description.add(method, url, config));
    expect(() => server.get('/api/v1/more', { config: { permission: 'status.read' } }, () => ({}))).toThrow();
  });

  it.each(Object.entries(CASES).filter(([id]) => !APART.has(id)))(
    '%s answers a good request as it says',
    async (id, { good }) => {
      const { status } = await api.call(id, typeof good === 'function' ? await good() : good);
      expect([200, 201]).toContain(status);
    },
  );

  it.each(Object.entries(CASES))('%s refuses a bad request as it says', async (id, { bad, refused }) => {
    expect((await api.call(id, bad)).status).toBe(refused);
  });

  it('describes what the stream of events sends', async () => {
    await use('hello');
    await use('Write to joe@example.org');
    await first('listAlerts', 'alerts');
    await held();
    const { feed } = gateway.house.watch;
    const watcher = feed.watch({ run: feed.run, number: 0 }, () => undefined);
    const events = (watcher?.take(4_000) ?? []).flatMap((item) => ('event' in item ? [item.event] : []));
    watcher?.close();
    expect(new Set(events.map(({ kind }) => kind)).size).toBeGreaterThan(5);
    for (const event of events) api.hold('followEvents', 200, JSON.parse(JSON.stringify(event)));
  });

  it('notices an answer that holds more, or less, than it says', () => {
    expect(() => api.hold('showDescription', 200, {})).toThrow();
    expect(() => api.hold('revokeKey', 200, { name: 'a', revoked: true, secret: 's' })).toThrow();
    expect(() => api.hold('revokeKey', 418, {})).toThrow();
  });

  it('is what docs/reference says, for programs and for people', async () => {
    await expect(`${JSON.stringify(api.document, undefined, 2)}\n`).toMatchFileSnapshot(
      '../../../docs/reference/admin-api.json',
    );
    await expect(adminReference(api.document)).toMatchFileSnapshot('../../../docs/reference/admin-api.md');
  });
});

describe('the pages of a list', () => {
  it('hold all of it between them, each item once', async () => {
    for (const n of [1, 2, 3]) await api.call('createKey', { body: { name: `page-${n}` } });
    const names: string[] = [];
    for (let query = '?limit=2'; query !== ''; ) {
      const { body } = await api.call('listKeys', { query });
      names.push(...(body.keys as unknown as { name: string }[]).map(({ name }) => name));
      query = body.next === undefined ? '' : `?limit=2&cursor=${body.next}`;
    }
    const { body } = await api.call('listKeys', { query: '?limit=200' });
    expect(names).toEqual((body.keys as unknown as { name: string }[]).map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it('begin nowhere where what the page before ended with is gone', async () => {
    expect((await api.call('listKeys', { query: '?cursor=gone' })).status).toBe(404);
  });

  it('take so many items at most', async () => {
    expect((await api.call('listKeys', { query: '?limit=200' })).status).toBe(200);
    expect((await api.call('listKeys', { query: '?limit=201' })).status).toBe(400);
    expect((await api.call('listKeys', { query: '?limit=0' })).status).toBe(400);
  });
});
