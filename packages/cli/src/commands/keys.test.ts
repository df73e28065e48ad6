import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  test('without `--json` the secret alone is on standard output', async () => {
    const made = await run('create', 'plain');
    expect(made.printed).toMatch(/^sp-[A-Za-z0-9_-]{43}\n$/);
    expect(made.told).not.toContain(made.printed.trim());
  });

  test.each(['App', 'a b', '', '-a', 'x'.repeat(64)])('`%s` is no name', async (name) => {
    expect((await run('create', '--', name)).code).toBe(2);
  });
});
