import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway('', { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await answer.arrayBuffer();
}, 60_000);
afterAll(() => gateway.end());

async function get(query: string, token = ADMIN_TOKEN) {
  const answer = await fetch(`${gateway.adminUrl}/api/v1/reports/${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: await answer.json() };
}

const PERIOD = 'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00%2B01:00';

describe('GET /api/v1/reports/vendors', () => {
  it('says what the log says of the period', async () => {
    const { status, body } = await get(`vendors?${PERIOD}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      report: 'vendors',
      period: { from: '2020-01-01T00:00:00.000Z', to: '2099-12-31T23:00:00.000Z' },
      models: [{ provider: 'demo', model: 'demo', traffic: { called: 1, answered: 1 } }],
    });
  });

  it.each([
    'vendors',
    'vendors?from=2020-01-01T00:00:00Z',
    'vendors?from=2020-01-01&to=2021-01-01',
    'vendors?from=2021-01-01T00:00:00Z&to=2021-01-01T00:00:00Z',
    `vendors?${PERIOD}&more=1`,
  ])('refuses what names no period: %s', async (query) => {
    expect((await get(query)).status).toBe(400);
  });

  it('is not for whoever nobody knows', async () => {
    expect((await get(`vendors?${PERIOD}`, 'another')).status).toBe(401);
  });
});
