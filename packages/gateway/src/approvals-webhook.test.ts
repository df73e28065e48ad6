import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const POLICY = `
@id("mail-needs-a-human")
@effect("ask")
forbid (principal, action == Action::"tool-call", resource == Tool::"send_mail");
`;
/** The other system, as its own library speaks. */
const signer = new Webhook(SECRET);

interface Told {
  readonly type: string;
  readonly data: { readonly approval: string; readonly tool: string; readonly arguments: string };
}

let folder: string;
let gateway: TestGateway;
let receiver: Server;
const told: Told[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set));
  writeFileSync(join(folder, 'guard', 'mail.cedar'), POLICY);
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push(signer.verify(body, request.headers as Record<string, string>) as Told);
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  gateway = await testGateway(
    `policies: { folder: ${folder} }\napprovals: { webhook: { url: "${url}", secret: { env: HOOK_SECRET }, arguments: true } }\n`,
    { HOOK_SECRET: SECRET },
  );
});
afterAll(async () => {
  await gateway.end();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function agent(args: object): Promise<string> {
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      'content-type': 'application/json',
      'x-demo-answer': JSON.stringify({ toolCalls: [{ name: 'send_mail', arguments: args }] }),
    },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'write to them' }] }),
  });
  return answer.text();
}

async function ask(args: object): Promise<string> {
  return /apr_\w+/.exec(await agent(args))?.[0] ?? '';
}

let messages = 0;

async function say(decision: object, more: { id?: string; headers?: Record<string, string>; body?: string } = {}) {
  const body = JSON.stringify(decision);
  const { id = `m${messages++}` } = more;
  const at = new Date();
  const answer = await fetch(`${gateway.adminUrl}/api/v1/approvals/webhook`, {
    method: 'POST',
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': signer.sign(id, at, body),
      'content-type': 'application/json',
      ...more.headers,
    },
    body: more.body ?? body,
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
}

describe('the webhook of approvals', () => {
  it('tells another system of a question, and takes the answer that comes back', async () => {
    const approval = await ask({ to: 'ann' });
    await vi.waitFor(() => expect(told.at(-1)?.data.approval).toBe(approval));
    expect(told.at(-1)).toMatchObject({
      type: 'approval.asked',
      data: { tool: 'send_mail', arguments: '{"to":"ann"}' },
    });
    expect(await say({ approval, granted: true, reason: 'known', by: 'ann@example.com' }, { id: 'once' })).toEqual({
      status: 200,
      body: { approval, status: 'granted' },
    });
    expect((await say({ approval, granted: true, by: 'ann@example.com' }, { id: 'once' })).status).toBe(409);
    expect(await agent({ to: 'ann' })).toContain('"name":"send_mail"');
    const records = gateway.house.exchanges({ limit: 20 }).exchanges.flatMap((exchange) => exchange.records);
    expect(records.find((record) => record.kind === 'approval' && record.step === 'granted')).toMatchObject({
      approval,
      by: { id: 'ann@example.com', via: 'webhook' },
      reason: 'known',
    });
  });

  it('turns away what is not signed with the secret, as it came', async () => {
    const approval = await ask({ to: 'eve' });
    const decision = { approval, granted: true, by: 'eve' };
    const spoilt = { status: 401, body: { error: expect.objectContaining({ code: 'SIGNATURE_INVALID' }) } };
    expect(await say(decision, { headers: { 'webhook-signature': 'v1,AAAA' } })).toEqual(spoilt);
    expect(await say(decision, { headers: { 'webhook-timestamp': '1' } })).toEqual(spoilt);
    expect(await say(decision, { body: JSON.stringify({ ...decision, by: 'ann' }) })).toEqual(spoilt);
    expect(await say(decision, { body: '' })).toEqual(spoilt);
    expect((await say({ approval, granted: true })).status).toBe(400);
    expect((await say({ ...decision, reason: 'x'.repeat(20_000) })).status).toBe(400);
    expect((await say(decision, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
    expect(gateway.house.approvals.get(approval)?.status).toBe('pending');
  });

  it('opens nothing else: the API still needs its token, and without a secret there is no such door', async () => {
    expect((await fetch(`${gateway.adminUrl}/api/v1/approvals`)).status).toBe(401);
    const plain = await testGateway();
    const answer = await fetch(`${plain.adminUrl}/api/v1/approvals/webhook`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
    await plain.end();
  });

  it('lets access policy decide who may answer', async () => {
    const forbid = `forbid (principal, action == Action::"approve", resource) when { context.via == "webhook" };`;
    const approval = await ask({ to: 'bob' });
    writeFileSync(join(folder, 'access', 'doors.cedar'), `@id("not-by-webhook")\n${forbid}\n`);
    await vi.waitFor(
      () => expect(gateway.house.policyReport().policies.some(({ id }) => id === 'not-by-webhook')).toBe(true),
      { timeout: 10_000 },
    );
    expect((await say({ approval, granted: true, by: 'ann' })).status).toBe(403);
  });
});
