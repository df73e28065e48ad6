import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addApprovals } from './admin/approvals.ts';
import { addExchanges } from './admin/exchanges.ts';
import { addTools } from './admin/tools.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway('', { SALLYPORT_ADMIN_TOKEN: 'admin-token-of-the-test-gateway' });
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'demo',
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ type: 'function', function: { name: 'look', description: 'looks' } }],
    }),
  });
  await answer.arrayBuffer();
}, 60_000);
afterAll(() => gateway.end());

/** One call of the tenant `default` that waits for a person. */
const CALL = {
  id: `apr_${'a'.repeat(20)}`,
  exchange: 'x1',
  route: 'demo',
  protocol: 'openai-chat',
  principal: { kind: 'service', id: 'mailer', tenant: 'default', groups: [] },
  tool: 'send_mail',
  toolGroups: [],
  arguments: '{}',
  provenance: [],
  policies: [],
  status: 'pending',
  askedMs: 0,
  expiresMs: 1,
};
const decided: string[] = [];
const waiting = {
  list: () => [CALL],
  get: (id: string) => (id === CALL.id ? CALL : undefined),
  decide: async (id: string) => {
    decided.push(id);
    return CALL;
  },
};

/** The same gateway's tools and exchanges, for an operator of this tenant. */
async function shownTo<T>(tenant: string, look: (api: FastifyInstance) => Promise<T>): Promise<T> {
  const api = fastify();
  api.decorateRequest('comer', null);
  api.addHook('onRequest', async (request) => {
    const principal = { kind: 'user', id: 'op', tenant, groups: [] } as const;
    const call = { operator: { principal, roles: ['admin'], by: 'token' }, act: async () => undefined };
    request.comer = { operator: call.operator, call } as unknown as typeof request.comer;
  });
  addApprovals(api, { approvals: waiting as unknown as TestGateway['house']['approvals'] });
  addTools(api, gateway.house.tools);
  addExchanges(api, gateway.house);
  const seen = await look(api);
  await api.close();
  return seen;
}

const idsOf = (api: FastifyInstance) =>
  Promise.all(
    ['tools', 'exchanges'].map(async (what) => {
      const answer = await api.inject({ method: 'GET', url: `/api/v1/${what}` });
      const listed = answer.json<Record<string, readonly { readonly id?: string; readonly exchange?: string }[]>>();
      return (listed[what] ?? []).map(({ id, exchange }) => id ?? exchange ?? '');
    }),
  );

describe('an operator of a tenant', () => {
  it('sees no tool and no exchange of another, and can have no tool forgotten', async () => {
    const [tools = [], exchanges = []] = await shownTo('default', idsOf);
    expect([tools.length, exchanges.length]).toEqual([1, 1]);
    expect(await shownTo('acme', idsOf)).toEqual([[], []]);
    const body = { step: 'forgotten', reason: 'x', via: 'terminal' };
    const codes = await shownTo('acme', (api) =>
      Promise.all(
        [
          api.inject({ method: 'GET', url: `/api/v1/tools/${tools[0]}` }),
          api.inject({ method: 'POST', url: `/api/v1/tools/${tools[0]}`, payload: body }),
          api.inject({ method: 'GET', url: `/api/v1/exchanges/${exchanges[0]}` }),
        ].map(async (answer) => (await answer).json<{ code: string }>().code),
      ),
    );
    expect(codes).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    expect(await shownTo('default', idsOf)).toEqual([tools, exchanges]);
    const shown = await shownTo('default', (api) => api.inject({ method: 'GET', url: `/api/v1/tools/${tools[0]}` }));
    expect(shown.statusCode).toBe(200);
  });

  it('sees no call of another that waits for a person, and can answer none', async () => {
    const url = `/api/v1/approvals/${CALL.id}`;
    const payload = { granted: true, reason: 'x', via: 'terminal' };
    const asked = (tenant: string) =>
      shownTo(tenant, async (api) => {
        const list = await api.inject({ method: 'GET', url: '/api/v1/approvals' });
        const show = await api.inject({ method: 'GET', url });
        const decide = await api.inject({ method: 'POST', url, payload });
        const { approvals } = list.json<{ approvals: readonly unknown[] }>();
        return [approvals.length, show.json<{ code?: string }>().code, decide.json<{ code?: string }>().code];
      });
    expect(await asked('acme')).toEqual([0, 'NOT_FOUND', 'NOT_FOUND']);
    expect(decided).toEqual([]);
    expect(await asked('default')).toEqual([1, undefined, undefined]);
    expect(decided).toEqual([CALL.id]);
  });
});
