import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-approvals-'));
const POLICY = `@id("money-needs-a-human")
@effect("ask")
@message("payments are looked at")
forbid (principal, action == Action::"tool-call", resource == Tool::"send_money");`;

const UNKNOWN = `apr_${'a'.repeat(20)}`;

let gateway: RunningGateway;

beforeAll(async () => {
  for (const set of ['access', 'guard']) mkdirSync(join(cwd, 'policies', set), { recursive: true });
  writeFileSync(join(cwd, 'policies', 'guard', 'money.cedar'), POLICY);
  writeFileSync(join(cwd, 'sallyport.yaml'), 'policies: { folder: policies }\n');
  const env = { SALLYPORT_KEYS: 'mailer:secret-of-the-mailer', SALLYPORT_ADMIN_TOKEN: TOKEN };
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

/** An agent whose model calls `send_money`. @returns what it got */
async function agent(args: object): Promise<string> {
  const answer = await fetch(`${gateway.dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer secret-of-the-mailer',
      'content-type': 'application/json',
      'x-demo-answer': JSON.stringify({ toolCalls: [{ name: 'send_money', arguments: args }] }).replace(
        /[^ -~]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'pay' }] }),
  });
  return answer.text();
}

async function ask(args: object): Promise<string> {
  return /apr_\w+/.exec(await agent(args))?.[0] ?? '';
}

async function run(
  args: readonly string[],
  env: Record<string, string | undefined> = { SALLYPORT_ADMIN_TOKEN: TOKEN },
) {
  const terminal = capturedTerminal({ cwd, env });
  const code = await main(['approvals', ...args, '--admin-port', new URL(gateway.adminUrl).port], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

describe('sallyport approvals', () => {
  test('lists what waits, shows what it would do, and allows it once', async () => {
    const id = await ask({ to: 'ann', sum: 12 });
    const listed = await run(['list']);
    expect(listed.code).toBe(0);
    expect(listed.printed).toMatch(new RegExp(`${id} {2}pending {2}send_money {2}service/mailer {2}demo `));
    const { printed } = await run(['show', id]);
    expect(printed).toContain('policies   money-needs-a-human\nmessage    payments are looked at\n');
    expect(printed).toContain('arguments\n  {\n    "to": "ann",\n    "sum": 12\n  }\n');
    const allowed = await run(['allow', id, '--reason', 'known payee', '--json']);
    expect(allowed.code).toBe(0);
    expect(JSON.parse(allowed.printed)).toMatchObject({
      id,
      status: 'granted',
      decided: { by: 'admin', via: 'terminal', reason: 'known payee' },
    });
    expect(await run(['allow', id])).toMatchObject({ code: 1, told: 'error: this approval was decided already\n' });
    expect(await agent({ to: 'ann', sum: 12 })).toContain('"name":"send_money"');
    expect(await run(['show', id, '--json'])).toMatchObject({
      code: 1,
      printed: '{"ok":false,"problems":[{"path":"","message":"no such thing"}]}\n',
    });
  });

  test('turns a call down, and says so', async () => {
    const id = await ask({ to: 'bob' });
    expect(await run(['deny', id, '--reason', 'who is bob'])).toEqual({
      code: 0,
      printed: '',
      told: 'denied: the call of `send_money` is turned down\n',
    });
    expect((await run(['show', id])).printed).toMatch(
      /\ndecided {4}by admin at \S+, through terminal\nreason {5}who is bob\n/,
    );
    expect(await agent({ to: 'bob' })).toContain('A person declined this call');
  });

  test('lets no argument write on the terminal', async () => {
    const id = await ask({ to: '\u001b[2Kann\u009b1A\u202e\u200b\n  }\npolicies   none' });
    const { printed } = await run(['show', id]);
    expect(printed).toContain('"to": "\\u001b[2Kann\\u{009b}1A\\u{202e}\\u{200b}\\n  }\\npolicies   none"');
    expect(printed.replaceAll('\n', '')).toMatch(/^[ -~]+$/);
  });

  test.each([
    {
      what: 'no token',
      args: ['list'],
      env: {},
      code: 2,
      told: 'no token of an operator: set `SALLYPORT_OPERATOR_TOKEN`',
    },
    {
      what: 'another token',
      args: ['list'],
      env: { SALLYPORT_ADMIN_TOKEN: 'some-other-admin-token' },
      code: 1,
      told: 'knows no operator by this token',
    },
    { what: 'no id', args: ['show', '../keys'], code: 2, told: 'no id of an approval' },
    { what: 'a long reason', args: ['deny', UNKNOWN, '--reason', 'x'.repeat(501)], code: 2, told: 'a reason has 500' },
    { what: 'an id that nothing has', args: ['allow', UNKNOWN], code: 1, told: 'no such thing' },
  ])('says what is wrong: $what', async ({ args, env, code, told }) => {
    const ran = await run(args, env);
    expect(ran.told).toContain('error: ');
    expect(ran.told).toContain(told);
    expect(ran).toMatchObject({ code, printed: '' });
  });

  test('says when no gateway answers', async () => {
    const terminal = capturedTerminal({ cwd, env: { SALLYPORT_ADMIN_TOKEN: TOKEN } });
    expect(await main(['approvals', 'list', '--admin-port', '9', '--json'], terminal)).toBe(1);
    expect(terminal.told).toBe('error: no gateway answers at http://127.0.0.1:9\n');
    expect(JSON.parse(terminal.printed)).toMatchObject({ ok: false });
  });
});
