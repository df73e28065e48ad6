import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-check-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function policyFolder(name: string, guard: string): string {
  for (const set of ['access', 'guard']) mkdirSync(join(cwd, name, set), { recursive: true });
  writeFileSync(join(cwd, name, 'guard', 'mine.cedar'), guard);
  return name;
}

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd, env: { SALLYPORT_KEYS: 'app:0123456789abcdef' } });
  const code = await main(args, terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

const FLAG = '@id("mine")\n@effect("flag")\nforbid (principal, action, resource) when { context.risk.secrets >= 1 };';

describe('sallyport check', () => {
  test('says what is configured and what is unprotected, and shows no secret', async () => {
    const { code, printed } = await run('check', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      ok: true,
      config: {
        file: null,
        providers: [{ name: 'demo', kind: 'demo', models: ['*'] }],
        audit: 'strict',
        keys: ['app'],
      },
      policies: { unprotected: expect.any(Array), warnings: expect.any(Array) },
    });
    expect(printed).not.toContain('0123456789abcdef');
  });

  test('lists in words what would not be stopped', async () => {
    writeFileSync(join(cwd, 'own.yaml'), `policies: { starter: false, folder: ${policyFolder('own', FLAG)} }`);
    const { code, printed } = await run('check', '--config', 'own.yaml');
    expect(code).toBe(0);
    expect(printed).toMatch(/UNPROTECTED, \d+ of 84 probes meet no policy:\n {2}input: injection\n/);
  });

  test('a policy that is not valid is named with its place', async () => {
    writeFileSync(join(cwd, 'bad.yaml'), `policies: { folder: ${policyFolder('bad', 'forbid (')} }`);
    const { code, told } = await run('check', '--config', 'bad.yaml');
    expect(code).toBe(1);
    expect(told).toMatch(/^guard\/mine\.cedar:1:\d+ syntax: /);
  });
});

describe('sallyport policy', () => {
  test('`list` names every policy with its place', async () => {
    const { code, printed } = await run('policy', 'list', policyFolder('listed', FLAG), '--no-starter', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(printed).policies).toMatchObject([
      { id: 'mine', set: 'guard', effect: 'flag', mode: 'enforce', at: { file: 'guard/mine.cedar', line: 3 } },
    ]);
  });

  test('`check` tries a folder beside the starter policies before it is configured', async () => {
    const { code, printed } = await run('policy', 'check', policyFolder('tried', FLAG));
    expect(code).toBe(0);
    expect(printed).toMatch(/^\d+ policies, set [0-9a-f]{12}, \d+ compiled\n/);
  });
});
