import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const env = { SALLYPORT_KEYS: 'app:secret-of-the-app', SALLYPORT_ADMIN_TOKEN: 'admin-token-of-the-test' };
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-isolate-'));
let gateway: RunningGateway;

async function start(): Promise<RunningGateway> {
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return startGateway(loaded.config);
}

beforeAll(async () => {
  writeFileSync(join(cwd, 'sallyport.yaml'), 'audit: relaxed\n');
  gateway = await start();
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const terminal = capturedTerminal({ cwd, env });
  const code = await main([...args, '--admin-port', new URL(gateway.adminUrl).port], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}
const TERMS = ['--for', '1h', '--reason', 'a test'] as const;

describe('sallyport isolate', () => {
  it('holds back, lists and releases, also over a restart', async () => {
    const isolated = await run('isolate', 'principal', 'user/ann', '--tenant', 'acme', ...TERMS);
    expect(isolated).toMatchObject({ code: 0, told: expect.stringContaining('isolate of principal user/ann until') });
    const id = isolated.printed.trim();
    await run('isolate', 'model', 'demo', '--throttle', '5', ...TERMS);
    await run('isolate', 'agent', 'mailer', '--step-up', ...TERMS);
    await gateway.stop(0);
    gateway = await start();
    const { printed } = await run('isolate', 'list');
    for (const shown of ['principal user/ann', 'acme', 'throttle to 5 a minute', 'step-up', 'agent mailer', 'a test'])
      expect(printed).toContain(shown);
    expect(await run('release', id, '--reason', 'was wrong')).toMatchObject({ code: 0 });
    expect(await run('release', id)).toMatchObject({ code: 1, told: expect.stringContaining('no such thing') });
    expect((await run('isolate', 'list')).printed).not.toContain('user/ann');
  });

  it.each([
    ['no time', ['isolate', 'tool', 'mail', '--reason', 'a test']],
    ['no reason', ['isolate', 'tool', 'mail', '--for', '1h']],
    ['a time beyond the bound', ['isolate', 'tool', 'mail', '--for', '31d', '--reason', 'a test']],
    ['a rate of nothing', ['isolate', 'tool', 'mail', '--throttle', '0', ...TERMS]],
    ['two things at once', ['isolate', 'tool', 'mail', '--throttle', '1', '--step-up', ...TERMS]],
    ['an empty reason', ['isolate', 'tool', 'mail', '--for', '1h', '--reason', '']],
    ['an id that is none', ['release', 'ann']],
    ['a long reason', ['release', 'iso_aaaaaaaaaaaaaaaaaaaa', '--reason', 'x'.repeat(501)]],
  ])('takes nothing with %s', async (_what, args) => {
    expect((await run(...args)).code).toBe(2);
  });
});
