import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const MAIL = 'joe.bloggs@example.org';
const SUBJECT = 'user:default/service/mailer';
const WHY = ['--reason', 'case 7'];
const KEEP = `@id("keep") @effect("flag") @capture("raw")
forbid (principal, action == Action::"input", resource);
@id("vaulted") @effect("redact") @redact("type:email") @vault("keep")
forbid (principal, action == Action::"input", resource);`;
const PERMIT = '@id("reveal") permit (principal in Group::"admins", action == Action::"reveal", resource);';
const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64');

let cwd: string;
let gateway: RunningGateway | undefined;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sallyport-privacy-'));
  const yaml = 'content: { keys: { file: ./content-keys } }\npolicies: { folder: ./policies }\n';
  writeFileSync(join(cwd, 'sallyport.yaml'), yaml);
  writeFileSync(join(cwd, 'content-keys'), `${keyOf(1)}\n`);
  for (const set of ['access', 'guard']) mkdirSync(join(cwd, 'policies', set), { recursive: true });
  writeFileSync(join(cwd, 'policies/guard/keep.cedar'), KEEP);
  writeFileSync(join(cwd, 'policies/access/reveal.cedar'), PERMIT);
});
afterEach(async () => {
  await stop();
  rmSync(cwd, { recursive: true, force: true });
});

const env = { SALLYPORT_KEYS: 'mailer:secret-of-the-mailer', SALLYPORT_ADMIN_TOKEN: TOKEN };

async function start(): Promise<void> {
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
}

async function stop(): Promise<void> {
  await gateway?.stop(0);
  gateway = undefined;
}

async function say(content: string): Promise<string> {
  const answer = await fetch(`${gateway?.dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret-of-the-mailer', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  return answer.headers.get('x-sallyport-exchange') ?? '';
}

async function run(args: readonly string[]) {
  const terminal = capturedTerminal({ cwd, env });
  const port = gateway === undefined ? [] : ['--admin-port', new URL(gateway.adminUrl).port];
  const code = await main([...args, ...(args[0] === 'privacy' ? port : [])], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}
const privacy = (...args: readonly string[]) => run(['privacy', ...args, ...WHY]);
const recorded = async (kind: string) =>
  (await run(['audit', 'export', '--kind', kind])).printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe.each(['with a gateway that runs', 'without one'])('sallyport privacy, %s', (how) => {
  let exchange: string;
  beforeEach(async () => {
    await start();
    exchange = await say(`mail ${MAIL}\n\u001b[2Kplease`);
    if (how === 'without one') await stop();
  });

  test('shows what was captured, as text that cannot write on the terminal, and records who read it', async () => {
    const { code, printed } = await privacy('show', exchange);
    expect(code).toBe(0);
    expect(printed).toMatch(/^request {2}\S+Z {2}the log vouches for it, 1 in the vault\n/);
    expect(printed).toContain(`  input  message/0/content  raw\n  | mail ${MAIL}\n  | \\u{001b}[2Kplease\n`);
    const [step] = await recorded('content');
    expect(step).toMatchObject({
      exchange,
      step: 'revealed',
      effect: 'allow',
      count: 1,
      by: { id: 'admin', via: 'terminal' },
      reason: 'case 7',
    });
    expect(JSON.stringify(step)).not.toContain(MAIL);
  });

  test('reveals a value, and none that is not there', async () => {
    expect(await privacy('reveal', exchange, '[EMAIL_1]')).toEqual({ code: 0, printed: `${MAIL}\n`, told: '' });
    expect(await privacy('reveal', exchange, 'EMAIL_2')).toMatchObject({ code: 1, told: 'error: no such thing\n' });
    expect(await privacy('reveal', 'nothing', 'EMAIL_1')).toMatchObject({ code: 1, told: 'error: no such thing\n' });
    expect((await recorded('content')).map(({ placeholder, count }) => [placeholder, count])).toEqual([
      ['EMAIL_1', 1],
      ['EMAIL_2', 0],
    ]);
  });

  test('exports what is held of a subject, and the records that name it, for the owner of the file alone', async () => {
    const { code, told } = await privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl');
    expect([code, told]).toEqual([0, 'exported: 1 payloads, 4 records\n']);
    expect(statSync(join(cwd, 'held.jsonl')).mode & 0o777).toBe(0o600);
    const lines = readFileSync(join(cwd, 'held.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'payload', exchange, proven: true, values: [{ value: MAIL }] });
    const kinds = lines.slice(1).map(({ record }) => record.kind);
    expect(kinds).toEqual(['opened', 'captured', 'closed', 'content']);
    expect(await privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl')).toMatchObject({ code: 2 });
    expect((await recorded('content')).at(-1)).toMatchObject({ step: 'exported', count: 1 });
  });

  test('erases a subject: nothing of it can be read any more, and every proof of the log still holds', async () => {
    const { code, told } = await privacy('erase', '--subject', SUBJECT);
    expect([code, told]).toEqual([0, 'erased: 1 data key, 1 payload\n']);
    expect(await privacy('show', exchange)).toMatchObject({ code: 1, told: 'error: content was erased\n' });
    expect(await privacy('reveal', exchange, 'EMAIL_1')).toMatchObject({ code: 1 });
    const [shred] = await recorded('shred');
    expect(shred).toMatchObject({ generations: 1, reason: 'case 7', by: { id: 'admin', via: 'terminal' } });
    expect(JSON.stringify(shred)).not.toContain('mailer');
    await stop();
    const verified = await run(['audit', 'verify']);
    expect([verified.code, verified.printed]).toEqual([0, expect.stringContaining('the log is whole')]);
    expect(await privacy('erase', '--subject', 'user:default/user/nobody')).toMatchObject({
      code: 0,
      told: 'nothing is held of this subject\n',
    });
  });

  test('puts data keys under another key, and the old one may go', async () => {
    writeFileSync(join(cwd, 'content-keys'), `${keyOf(2)}\n${keyOf(1)}\n`);
    expect((await privacy('rotate')).told).toMatch(/^1 data key was put under `[0-9a-f]{16}`\n$/);
    writeFileSync(join(cwd, 'content-keys'), `${keyOf(2)}\n`);
    expect((await privacy('show', exchange)).code).toBe(0);
    expect((await recorded('content'))[0]).toMatchObject({ step: 'rewrapped', count: 1 });
  });
});

describe('sallyport privacy', () => {
  test.each([
    ['no subject', ['erase', '--subject', 'mailer']],
    ['a user without a tenant', ['erase', '--subject', 'user:mailer']],
    ['a subject of another kind', ['export', '--subject', 'group:x', '--out', 'o']],
    ['a file in no folder', ['export', '--subject', SUBJECT, '--out', 'none/o']],
  ])('says what is wrong: %s', async (_what, args) => {
    expect(await privacy(...args)).toMatchObject({ code: 2, printed: '' });
    expect(existsSync(join(cwd, 'o'))).toBe(false);
  });

  test('asks for a reason', async () => {
    expect((await run(['privacy', 'show', 'x1'])).code).toBe(2);
    expect((await run(['privacy', 'show', 'x1', '--reason', ' '])).code).toBe(2);
    expect((await run(['privacy', 'show', 'x1', '--reason', 'x'.repeat(501)])).code).toBe(2);
  });
});

describe('content under lock', () => {
  test('is read by nobody whom no policy permits it, and that is recorded', async () => {
    rmSync(join(cwd, 'policies/access/reveal.cedar'));
    await start();
    const exchange = await say(`mail ${MAIL}`);
    const denied = { code: 1, printed: '', told: 'error: access policy does not permit this\n' };
    expect(await privacy('show', exchange)).toEqual(denied);
    expect(await privacy('reveal', exchange, 'EMAIL_1')).toEqual(denied);
    expect(await privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl')).toEqual(denied);
    expect(existsSync(join(cwd, 'held.jsonl'))).toBe(false);
    expect((await recorded('content')).map(({ step, effect, count }) => [step, effect, count])).toEqual([
      ['revealed', 'block', 0],
      ['revealed', 'block', 0],
      ['exported', 'block', 0],
    ]);
  });

  test('is decided on by what it is, and whose', async () => {
    writeFileSync(
      join(cwd, 'policies/access/reveal.cedar'),
      `permit (principal, action == Action::"reveal", resource == DataSource::"content")
       when { context.what == "value" && context.type == "email" && context.owner == "service/mailer" && context.tenant == "default"
         && context.subject == "user" && context.via == "terminal" && context.protocol == "openai-chat" };`,
    );
    await start();
    const exchange = await say(`mail ${MAIL}`);
    expect((await privacy('reveal', exchange, 'EMAIL_1')).printed).toBe(`${MAIL}\n`);
    expect((await privacy('reveal', exchange, 'IBAN_1')).code).toBe(1);
    expect((await privacy('show', exchange)).code).toBe(1);
  });

  test('that was erased is destroyed again when an older copy of the store is put back', async () => {
    await start();
    const exchange = await say(`mail ${MAIL}`);
    await stop();
    const store = join(cwd, 'data/payloads.db');
    copyFileSync(store, join(cwd, 'copy.db'));
    await privacy('erase', '--subject', SUBJECT);
    copyFileSync(join(cwd, 'copy.db'), store);
    await start();
    expect(await privacy('show', exchange)).toMatchObject({ code: 1, told: 'error: content was erased\n' });
    await stop();
    copyFileSync(join(cwd, 'copy.db'), store);
    expect(await privacy('show', exchange)).toMatchObject({ code: 1, told: 'error: content was erased\n' });
  });

  test('needs its keys at the start, all that are in use', async () => {
    await start();
    await say('hi');
    await stop();
    writeFileSync(join(cwd, 'content-keys'), `${keyOf(2)}\n`);
    await expect(start()).rejects.toMatchObject({ code: 'CONTENT_KEY_MISSING' });
    rmSync(join(cwd, 'content-keys'));
    await expect(start()).rejects.toMatchObject({ code: 'CONTENT_KEY_MISSING' });
    writeFileSync(join(cwd, 'sallyport.yaml'), 'policies: { folder: ./policies }\n');
    await expect(start()).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      detail: expect.stringContaining('guard/keep.cedar:2:1 capture: `@capture` needs `content.keys`'),
    });
    expect((await run(['check'])).code).toBe(1);
  });

  test('is left alone by a gateway whose keys are gone while it runs: what policy wants kept ends its exchange', async () => {
    await start();
    rmSync(join(cwd, 'content-keys'));
    const answer = await fetch(`${gateway?.dataUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret-of-the-mailer', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([503, 'capture_failed']);
    expect((await recorded('captured'))[0]).toMatchObject({ failed: 'CONTENT_KEY_MISSING' });
  });
});
