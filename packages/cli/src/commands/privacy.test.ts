import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { keyOf, LockedFolder, MAIL, SUBJECT } from '../fixtures/locked-folder.ts';
import { main } from '../main.ts';

let folder: LockedFolder;
beforeEach(() => {
  folder = new LockedFolder();
});
afterEach(() => folder.end());

describe.each(['with a gateway that runs', 'without one'])('sallyport privacy, %s', (how) => {
  let exchange: string;
  beforeEach(async () => {
    await folder.start();
    exchange = await folder.say(`mail ${MAIL}\n\u001b[2Kplease`);
    if (how === 'without one') await folder.stop();
  });

  test('shows what was captured, as text that cannot write on the terminal, and records who read it', async () => {
    const { code, printed } = await folder.privacy('show', exchange);
    expect(code).toBe(0);
    expect(printed).toMatch(/^request {2}\S+Z {2}the log vouches for it, 1 in the vault\n/);
    expect(printed).toContain(`  input  message/0/content  raw\n  | mail ${MAIL}\n  | \\u{001b}[2Kplease\n`);
    const [step] = await folder.recorded('content');
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
    expect(await folder.privacy('reveal', exchange, '[EMAIL_1]')).toEqual({ code: 0, printed: `${MAIL}\n`, told: '' });
    expect(await folder.privacy('reveal', exchange, 'EMAIL_2')).toMatchObject({
      code: 1,
      told: 'error: no such thing\n',
    });
    expect(await folder.privacy('reveal', 'nothing', 'EMAIL_1')).toMatchObject({
      code: 1,
      told: 'error: no such thing\n',
    });
    expect((await folder.recorded('content')).map(({ placeholder, count }) => [placeholder, count])).toEqual([
      ['EMAIL_1', 1],
      ['EMAIL_2', 0],
    ]);
  });

  test('exports what is held of a subject, and the records that name it, for the owner of the file alone', async () => {
    const { code, told } = await folder.privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl');
    expect([code, told]).toEqual([0, 'exported: 1 payloads, 4 records\n']);
    expect(statSync(join(folder.cwd, 'held.jsonl')).mode & 0o777).toBe(0o600);
    const lines = readFileSync(join(folder.cwd, 'held.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'payload', exchange, proven: true, values: [{ value: MAIL }] });
    const kinds = lines.slice(1).map(({ record }) => record.kind);
    expect(kinds).toEqual(['opened', 'captured', 'closed', 'content']);
    expect(await folder.privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl')).toMatchObject({ code: 2 });
    expect((await folder.recorded('content')).at(-1)).toMatchObject({ step: 'exported', count: 1 });
  });

  test('erases a subject: nothing of it can be read any more, and every proof of the log still holds', async () => {
    const { code, told } = await folder.privacy('erase', '--subject', SUBJECT);
    expect([code, told]).toEqual([0, 'erased: 1 data key, 1 payload\n']);
    expect(await folder.privacy('show', exchange)).toMatchObject({ code: 1, told: 'error: content was erased\n' });
    expect(await folder.privacy('reveal', exchange, 'EMAIL_1')).toMatchObject({ code: 1 });
    const [shred] = await folder.recorded('shred');
    expect(shred).toMatchObject({ generations: 1, reason: 'case 7', by: { id: 'admin', via: 'terminal' } });
    expect(JSON.stringify(shred)).not.toContain('mailer');
    await folder.stop();
    const verified = await folder.run(['audit', 'verify']);
    expect([verified.code, verified.printed]).toEqual([0, expect.stringContaining('the log is whole')]);
    expect(await folder.privacy('erase', '--subject', 'user:default/user/nobody')).toMatchObject({
      code: 0,
      told: 'nothing is held of this subject\n',
    });
  });

  test('puts data keys under another key, and the old one may go', async () => {
    folder.write('content-keys', `${keyOf(2)}\n${keyOf(1)}\n`);
    expect((await folder.privacy('rotate')).told).toMatch(/^1 data key was put under `[0-9a-f]{16}`\n$/);
    folder.write('content-keys', `${keyOf(2)}\n`);
    expect((await folder.privacy('show', exchange)).code).toBe(0);
    expect((await folder.recorded('content'))[0]).toMatchObject({ step: 'rewrapped', count: 1 });
  });
});

describe('sallyport privacy', () => {
  test.each([
    ['no subject', ['erase', '--subject', 'mailer']],
    ['a user without a tenant', ['erase', '--subject', 'user:mailer']],
    ['a subject of another kind', ['export', '--subject', 'group:x', '--out', 'o']],
    ['a file in no folder', ['export', '--subject', SUBJECT, '--out', 'none/o']],
  ])('says what is wrong: %s', async (_what, args) => {
    expect(await folder.privacy(...args)).toMatchObject({ code: 2, printed: '' });
    expect(existsSync(join(folder.cwd, 'o'))).toBe(false);
  });

  test('an export stands under its name only when it is whole, and leaves nothing where it fails', async () => {
    await folder.start();
    const held = () => readdirSync(folder.cwd).filter((name) => name.startsWith('held'));
    let during: readonly string[] = [];
    const broken = createServer((_request, response) => {
      during = held();
      response.destroy();
    });
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const { port } = broken.address() as AddressInfo;
    const env = { SALLYPORT_ADMIN_TOKEN: 'admin-token-of-the-test' };
    const terminal = capturedTerminal({ cwd: folder.cwd, env });
    const args = ['--subject', SUBJECT, '--out', 'held.jsonl', '--reason', 'case 7', '--admin-port', String(port)];
    expect(await main(['privacy', 'export', ...args], terminal)).toBe(1);
    broken.close();
    expect(during).toEqual([expect.stringMatching(/^held\.jsonl\.[0-9a-f]{12}\.part$/)]);
    expect(held()).toEqual([]);
    expect((await folder.privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl')).code).toBe(0);
    expect(held()).toEqual(['held.jsonl']);
  });

  test('asks for a reason', async () => {
    expect((await folder.run(['privacy', 'show', 'x1'])).code).toBe(2);
    expect((await folder.run(['privacy', 'show', 'x1', '--reason', ' '])).code).toBe(2);
    expect((await folder.run(['privacy', 'show', 'x1', '--reason', 'x'.repeat(501)])).code).toBe(2);
  });
});
