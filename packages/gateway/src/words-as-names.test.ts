import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
afterAll(() => gateway.end());

const WORDS = 'the patient Jane Doe';

test('records and metrics hold no words that stand where names belong: models, tools, members, ids', async () => {
  const answer = {
    id: WORDS,
    model: WORDS,
    system_fingerprint: WORDS,
    choices: [
      {
        index: 0,
        finish_reason: WORDS,
        message: {
          [WORDS]: 'write to jane@corp-mail.com',
          tool_calls: [{ id: 'c', type: 'function', function: { name: `${WORDS}"\n`, arguments: '{}' } }],
        },
      },
    ],
  };
  const raw = { base64: Buffer.from(JSON.stringify(answer)).toString('base64') };
  const response = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      'content-type': 'application/json',
      'x-demo-answer': JSON.stringify({ raw }),
    },
    body: JSON.stringify({
      model: WORDS,
      messages: [{ role: 'user', content: 'hi', [WORDS]: 'write to joe@corp-mail.com' }],
      tools: [{ type: 'function', function: { name: WORDS, parameters: {} } }],
      metadata: { [WORDS]: 'jack@corp-mail.com' },
    }),
  });
  expect(response.status).toBe(200);
  const records = gateway.newest();
  expect(records.map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
  expect(JSON.stringify(records)).not.toContain('Jane');
  expect(JSON.stringify(records)).toContain('"findingsTotal":1');
  const metrics = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
  expect(metrics).not.toContain('Jane');
  expect(metrics).toMatch(/^sallyport_tool_calls_total\{server="",tool="other",/m);
});
