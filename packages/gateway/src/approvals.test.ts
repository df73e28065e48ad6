import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const POLICIES = `
@id("mail-needs-a-human")
@effect("ask")
@message("mail is looked at before it goes")
forbid (principal, action == Action::"tool-call", resource == Tool::"send_mail");
`;
const TOOLS: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'send_mail',
      parameters: { type: 'object', properties: { to: { type: 'string' }, body: { type: 'string' } } },
    },
  },
];

let folder: string;
let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set));
  writeFileSync(join(folder, 'guard', 'mail.cedar'), POLICIES);
  gateway = await testGateway(`policies: { folder: ${folder} }\n`, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: TEST_KEY, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.end();
  rmSync(folder, { recursive: true, force: true });
});

async function admin(path: string, body?: unknown) {
  const answer = await fetch(`${gateway.adminUrl}/api/v1/approvals${path}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

const mail = () =>
  client.chat.completions.create({
    model: 'demo-model',
    messages: [{ role: 'user', content: 'Please call send_mail.' }],
    tools: TOOLS,
    tool_choice: 'required',
  });

describe('a call that a human must allow', () => {
  it('is told to the agent, shown to the operator, and goes through once after a yes', async () => {
    const { choices } = await mail();
    expect(choices[0]?.message.tool_calls).toBeUndefined();
    const [, id = ''] = /approval (apr_\w+)/.exec(choices[0]?.message.content ?? '') ?? [];
    const { body } = await admin('');
    expect(body).toMatchObject({
      approvals: [
        {
          id,
          status: 'pending',
          tool: 'send_mail',
          arguments: expect.stringMatching(/^\{/),
          principal: { id: 'test' },
          policies: ['mail-needs-a-human'],
          message: 'mail is looked at before it goes',
        },
      ],
    });
    expect(await admin(`/${id}`, { granted: true, reason: 'known payee' })).toMatchObject({
      status: 200,
      body: { status: 'granted', decided: { by: 'admin', via: 'admin-api', reason: 'known payee' } },
    });
    expect((await mail()).choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'send_mail' } });
    expect(gateway.newest().find(({ kind }) => kind === 'decided')).toMatchObject({
      approval: { status: 'granted', id },
    });
    expect((await admin(`/${id}`)).status).toBe(404);
    expect((await mail()).choices[0]?.message.content).toContain('Approval required');
  });

  it('turns away what decides nothing', async () => {
    await mail();
    const { body } = await admin('');
    const [{ id }] = body.approvals as unknown as [{ id: string }];
    expect((await admin(`/${id}`, { granted: 'yes' })).status).toBe(400);
    expect((await admin(`/${id}`, { granted: true, reason: 'x'.repeat(501) })).status).toBe(400);
    expect((await admin('/apr_unknown', { granted: true })).status).toBe(404);
    expect((await admin(`/${id}`, { granted: false })).status).toBe(200);
    expect((await admin(`/${id}`, { granted: true })).status).toBe(409);
    expect((await mail()).choices[0]?.message.content).toContain('A person declined this call');
  });
});
