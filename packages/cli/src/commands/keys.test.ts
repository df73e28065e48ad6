import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await main(['keys', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

describe('sallyport keys', () => {
  test('shows a secret once, keeps its hash alone, and never gives a name twice', async () => {
    const made = await run('create', 'app', '--group', 'a', 'b', '--tenant', 't', '--json');
    expect(made.code).toBe(0);
    const { secret, ...rest } = JSON.parse(made.printed);
    expect(secret).toMatch(/^sp-[A-Za-z0-9_-]{43}$/);
    expect(rest).toEqual({ name: 'app', principal: { kind: 'service', tenant: 't', groups: ['a', 'b'], id: 'app' } });

    const listed = await run('list', '--json');
    expect(JSON.parse(listed.printed).keys).toMatchObject([{ name: 'app' }]);
    expect(listed.printed).not.toContain('hmac');
    for (const file of readdirSync(join(cwd, 'data'))) {
      expect(readFileSync(join(cwd, 'data', file)).includes(secret), file).toBe(false);
    }

    expect((await run('create', 'app')).code).toBe(1);
    expect(await run('revoke', 'app')).toMatchObject({ code: 0, told: 'key `app` is revoked\n' });
    expect((await run('revoke', 'app')).code).toBe(1);
    expect((await run('create', 'app', '--json')).code).toBe(1);
    expect(JSON.parse((await run('list', '--json')).printed).keys[0].revokedAt).toMatch(/Z$/);
  });

  test('narrows a key, ends it in time, and binds it to a certificate', async () => {
    const certificate = fileURLToPath(
      new URL('../../../gateway/src/fixtures/test-only-certificates/agent.pem', import.meta.url),
    );
    const scope = ['--route', 'main', '--model', 'gpt-*', 'o*', '--tool', 'search', '--checkpoint', 'input', 'output'];
    const made = await run('create', 'narrow', ...scope, '--expires', '90d', '--certificate', certificate, '--json');
    expect(JSON.parse(made.printed)).toMatchObject({
      scope: { routes: ['main'], models: ['gpt-*', 'o*'], tools: ['search'], checkpoints: ['input', 'output'] },
      certificate: createHash('sha256')
        .update(new X509Certificate(readFileSync(certificate)).raw)
        .digest('base64url'),
    });
    const { printed } = await run('list');
    expect(printed).toContain('routes=main models=gpt-*,o* tools=search checkpoints=input,output');
  });

  test.each([
    ['--expires', 'yesterday'],
    ['--expires', '2001-01-01T00:00:00Z'],
    ['--certificate', 'missing.pem'],
    ['--checkpoint', 'anywhere'],
    ['--model', 'two words'],
    ['--route', ...Array.from({ length: 65 }, () => 'r')],
  ])('`%s %s` makes no key', async (...flags) => {
    expect((await run('create', 'none', ...flags)).code).toBe(2);
    expect((await run('list')).printed).not.toContain('none');
  });

  test('rotates a key: a new secret, shown once, beside the old one for as long as it says', async () => {
    const { secret } = JSON.parse((await run('create', 'turned', '--json')).printed);
    const rotated = JSON.parse((await run('rotate', 'turned', '--overlap', '1h', '--json')).printed);
    expect(rotated).toMatchObject({ name: 'turned', secret: expect.stringMatching(/^sp-/) });
    expect(rotated.secret).not.toBe(secret);
    const [{ previousUntil, rotatedAt }] = JSON.parse((await run('list', '--json')).printed).keys.filter(
      ({ name }: { name: string }) => name === 'turned',
    );
    expect(Date.parse(previousUntil) - Date.parse(rotatedAt)).toBe(3_600_000);
    const plain = await run('rotate', 'turned');
    expect(plain.printed).toMatch(/^sp-[A-Za-z0-9_-]{43}\n$/);
    expect(plain.told).not.toContain(plain.printed.trim());
    for (const overlap of ['91d', 'long', '-1h']) {
      expect((await run('rotate', 'turned', `--overlap=${overlap}`)).code).toBe(2);
    }
    await run('revoke', 'turned');
    expect((await run('rotate', 'turned')).code).toBe(1);
    expect((await run('rotate', 'nobody', '--json')).code).toBe(1);
  });

  test('without `--json` the secret alone is on standard output', async () => {
    const made = await run('create', 'plain');
    expect(made.printed).toMatch(/^sp-[A-Za-z0-9_-]{43}\n$/);
    expect(made.told).not.toContain(made.printed.trim());
  });

  test.each(['App', 'a b', '', '-a', 'x'.repeat(64)])('`%s` is no name', async (name) => {
    expect((await run('create', '--', name)).code).toBe(2);
  });
});
