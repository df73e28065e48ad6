import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const page = readFileSync(new URL('../../../docs/guides/access.md', import.meta.url), 'utf8');
const SOURCE = { value: { ids: ['idx_contracts'] }, reason: 'new' };
const GRANT = {
  who: 'service/test',
  actions: ['read-data'],
  resource: { kind: 'data-source', id: 'contracts' },
  until: new Date(Date.now() + 3_600_000).toISOString(),
  reason: 'audit',
  requestedBy: 'ann',
};

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway(
    'routes: [{ name: vectors, provider: demo, models: [embed], dataSource: contracts }, { name: all, provider: demo }]\nproviders: { demo: { kind: demo } }',
    { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN },
  );
});
afterAll(() => gateway.end());

function admin(path: string, method = 'GET', body?: object): Promise<Response> {
  return fetch(`${gateway.adminUrl}/api/v1/access${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function embeds(): Promise<number> {
  const answer = await fetch(`${gateway.baseURL}/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'embed', input: 'clause 4' }),
  });
  await answer.text();
  return answer.status;
}

describe('the admin API of access', () => {
  it('is what its page lists', async () => {
    const calls = Array.from(page.matchAll(/^\| `(GET|PUT|POST|DELETE) \/api\/v1\/access(\S*)` \|/gm));
    expect(calls).toHaveLength(6);
    const made = (await (await admin('/grants', 'POST', GRANT)).json()) as { readonly id: string };
    for (const [, method = '', path = ''] of calls) {
      const at = path.replace(':section/:name', 'dataSources/contracts').replace(':id', made.id);
      const bodies = path.includes('entities') ? SOURCE : path.endsWith(':id') ? { step: 'revoked' } : GRANT;
      const { status } = await admin(at, method, method === 'GET' || method === 'DELETE' ? undefined : bodies);
      expect([method, path, status]).toEqual([method, path, method === 'POST' && path === '/grants' ? 201 : 200]);
    }
    expect((await fetch(`${gateway.adminUrl}/api/v1/access`)).status).toBe(401);
  });

  it('closes a route of embeddings, and a grant opens it until it is taken back', async () => {
    for (const { id } of gateway.house.access.grants.open) await admin(`/grants/${id}`, 'POST', { step: 'revoked' });
    expect(await embeds()).toBe(403);
    const { id } = (await (await admin('/grants', 'POST', GRANT)).json()) as { readonly id: string };
    expect(await embeds()).toBe(200);
    expect(JSON.stringify(gateway.newest())).toContain(`"grant":"${id}"`);
    await admin(`/grants/${id}`, 'POST', { step: 'revoked' });
    expect(await embeds()).toBe(403);
  });

  it('takes an entity with its name encoded, and no shape of its own', async () => {
    const put = await admin(`/entities/principals/${encodeURIComponent('service/test')}`, 'PUT', {
      value: { groups: ['a'] },
    });
    expect(await put.json()).toEqual({ tenant: 'default', groups: ['a'] });
    expect(await (await admin('')).json()).toMatchObject({
      entities: { principals: { 'service/test': { groups: ['a'] } } },
    });
    for (const [path, body, status] of [
      ['/entities/principals/nobody', { value: {} }, 400],
      ['/entities/groups/a', { value: { parents: 1 } }, 400],
      ['/entities/policies/a', { value: {} }, 404],
      ['/entities/groups/a', { value: {}, other: 1 }, 400],
    ] as const) {
      expect([path, (await admin(path, 'PUT', body)).status]).toEqual([path, status]);
    }
    expect((await admin('/grants', 'POST', { ...GRANT, requestedBy: 'Admin' })).status).toBe(403);
    expect((await admin('/grants', 'POST', { ...GRANT, until: 'tomorrow' })).status).toBe(400);
    expect((await admin('/entities/groups/none', 'DELETE')).status).toBe(404);
  });
});
