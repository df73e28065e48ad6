import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const CERTIFICATE = fileURLToPath(
  new URL('../../../gateway/src/fixtures/test-only-certificates/agent.pem', import.meta.url),
);

let cwd: string;
let gateway: RunningGateway;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'sallyport-operators-'));
  const loaded = loadConfig({ env: {}, options: { port: 0, adminPort: 0, logLevel: 'silent' }, cwd });
  if ('problems' in loaded) throw new Error('the configuration is not valid');
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const terminal = capturedTerminal({ cwd, env });
  const code = await main(args, terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

const operators = (...args: string[]) => run(['operators', ...args]);

describe('sallyport operators', () => {
  test('makes an operator, shows the token once, keeps its hash alone, and never gives a name twice', async () => {
    const made = await operators('create', 'ann', '--role', 'approver', 'viewer', '--expires', '30d', '--json');
    const { token, ...rest } = JSON.parse(made.printed);
    expect(token).toMatch(/^spo_[\w-]{43}$/);
    expect(rest).toEqual({ name: 'ann', roles: ['approver', 'viewer'], expiresAt: expect.stringMatching(/Z$/) });
    for (const file of readdirSync(join(cwd, 'data'))) {
      expect(readFileSync(join(cwd, 'data', file)).includes(token), file).toBe(false);
    }
    const listed = await operators('list');
    expect(listed.printed).toContain('approver,viewer');
    expect(listed.printed).not.toContain(token);
    expect(await operators('create', 'ann', '--role', 'viewer')).toMatchObject({ code: 1, printed: '' });
    expect(JSON.parse((await operators('create', 'ann', '--role', 'viewer', '--json')).printed).ok).toBe(false);
  });

  test('turns and ends a token, and a running gateway follows and tells the log who did not ask it', async () => {
    const token = (await operators('create', 'bob', '--role', 'viewer')).printed.trim();
    const env = { SALLYPORT_OPERATOR_TOKEN: token, SALLYPORT_ADMIN_URL: gateway.adminUrl };
    const budgets = () => run(['budgets'], env);
    await vi.waitFor(async () => expect((await budgets()).code).toBe(0));
    expect((await run(['approvals', 'list'], env)).told).toContain('operator has no role that permits this');
    const turned = (await operators('rotate', 'bob')).printed.trim();
    expect(turned).not.toBe(token);
    await vi.waitFor(async () => expect((await budgets()).code).toBe(1));
    expect((await operators('revoke', 'bob')).told).toBe('operator `bob` is revoked\n');
    expect((await operators('revoke', 'bob')).code).toBe(1);
    expect((await operators('rotate', 'bob', '--json')).code).toBe(1);
    expect(JSON.parse((await operators('list', '--json')).printed).operators).toMatchObject([
      { name: 'ann', roles: ['approver', 'viewer'] },
      { name: 'bob', revokedAt: expect.stringMatching(/Z$/) },
    ]);
    await vi.waitFor(
      async () => {
        const { calls } = JSON.parse((await run(['audit', 'list', '--admin', '--json'])).printed);
        expect(calls).toContainEqual(
          expect.objectContaining({
            action: 'operators.revoke',
            targets: ['bob'],
            operator: expect.objectContaining({ id: 'offline' }),
          }),
        );
      },
      { timeout: 5_000 },
    );
    const { printed } = await run(['audit', 'list', '--admin', '--limit', '1']);
    expect(printed).toContain('offline');
    expect(printed.trim().split('\n')).toHaveLength(2);
  });

  test.each([
    ['a name', ['create', 'Ann', '--role', 'viewer'], 'a name is'],
    ['a name that is taken', ['create', 'admin', '--role', 'viewer'], 'a name is'],
    ['no role', ['create', 'eve'], 'role'],
    ['a role that there is not', ['create', 'eve', '--role', 'root'], 'root'],
    ['a time', ['create', 'eve', '--role', 'viewer', '--expires', 'yesterday'], '--expires'],
    ['a certificate', ['create', 'eve', '--role', 'viewer', '--certificate', 'missing.pem'], '--certificate'],
    ['an overlap', ['rotate', 'ann', '--overlap', '91d'], '--overlap'],
    ['a new end', ['rotate', 'ann', '--expires', 'never'], '--expires'],
  ])('says what is wrong: %s', async (_what, args, told) => {
    const ran = await operators(...args);
    expect(ran).toMatchObject({ code: 2, printed: '' });
    expect(ran.told).toContain(told);
  });

  test('binds a token to a client certificate', async () => {
    const made = await operators('create', 'bound', '--role', 'viewer', '--certificate', CERTIFICATE, '--json');
    const { token, certificate } = JSON.parse(made.printed);
    expect(certificate).toMatch(/^[\w-]{43}$/);
    const env = { SALLYPORT_OPERATOR_TOKEN: token, SALLYPORT_ADMIN_URL: gateway.adminUrl };
    await vi.waitFor(async () => expect((await run(['budgets'], env)).told).toContain('certificate'));
  });

  test('speaks of no token that no header can hold', async () => {
    const ran = await run(['budgets'], {
      SALLYPORT_OPERATOR_TOKEN: 'two\nlines',
      SALLYPORT_ADMIN_URL: gateway.adminUrl,
    });
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.told).not.toContain('two');
  });
});
