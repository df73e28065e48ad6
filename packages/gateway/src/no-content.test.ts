import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const MARKER = 'quietmarigold';
const CARD = '4111 1111 1111 1111';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway('', { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(() => gateway.end());

function post(body: string, script: object = {}, key = TEST_KEY): Promise<Response> {
  return fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-demo-answer': JSON.stringify(script),
    },
    body,
  });
}

const content = `${MARKER} ${CARD} joe@${MARKER}.example.com`;
const chat = (more: object = {}) => JSON.stringify({ model: 'demo', messages: [{ role: 'user', content }], ...more });
const tool = { type: 'function', function: { name: 'send', description: content, parameters: {} } };

describe('what the gateway keeps and tells', () => {
  it('holds no text of a prompt, an answer, a key or a broken body', async () => {
    const answers = [
      post(chat(), { text: content }),
      post(chat({ stream: true, tools: [tool] }), {
        text: content,
        toolCalls: [{ name: 'send', arguments: { to: content } }],
      }),
      post(chat({ stream: true }), { text: content, dieAfterChunks: 3 }).catch(() => undefined),
      post(chat({ stream: true }), { error: { status: 500 } }),
      post(chat().slice(0, -4)),
      post(chat().replace('"model":"demo"', '"model":"demo","model":"demo"')),
      post(chat(), {}, `${TEST_KEY}${MARKER}`),
    ];
    const faults: string[] = [];
    for (const answer of answers) {
      const response = await answer;
      const text = await response?.text().catch(() => '');
      if (response !== undefined && response.status >= 400 && response.status < 500) faults.push(text ?? '');
    }
    expect(faults).toHaveLength(3);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const shown = await Promise.all(
      ['exchanges?limit=200', 'status', 'policies', 'keys'].map(async (path) =>
        (await fetch(`${gateway.adminUrl}/api/v1/${path}`, { headers })).text(),
      ),
    );
    const metrics = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
    const records = gateway.house.exchanges({ limit: 200 }).exchanges;
    expect(records.length).toBeGreaterThanOrEqual(6);
    for (const text of [...faults, ...shown, metrics, JSON.stringify(records)]) {
      for (const planted of [MARKER, CARD, CARD.replaceAll(' ', ''), TEST_KEY, ADMIN_TOKEN])
        expect(text).not.toContain(planted);
    }
  });
});
