import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-identity-'));
let gateway: RunningGateway;

beforeAll(async () => {
  writeFileSync(join(cwd, 'sallyport.yaml'), 'audit: relaxed\n');
  const env = { SALLYPORT_KEYS: 'app:secret-of-the-app', SALLYPORT_ADMIN_TOKEN: TOKEN };
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function run(args: readonly string[]) {
  const terminal = capturedTerminal({ cwd, env: { SALLYPORT_ADMIN_TOKEN: TOKEN } });
  const code = await main(['identity', ...args, '--admin-port', new URL(gateway.adminUrl).port], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

async function ask() {
  await fetch(`${gateway.dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret-of-the-app', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'org/model', messages: [{ role: 'user', content: 'go' }] }),
  });
}

describe('sallyport identity', () => {
  test('lists what answered, shows what is known of it, and approves it', async () => {
    await ask();
    await expect.poll(() => gateway.house.identities.list()).toHaveLength(1);
    expect((await run(['list'])).printed).toMatch(
      /^provider {2}model {6}state {16}since +why {2}approved by\ndemo {6}org\/model {2}watching \(learning\) {2}\S+Z {2}- {4}-\n$/,
    );
    expect((await run(['show', 'demo', 'org/model'])).printed).toMatch(
      /\nstate {9}watching since \S+Z\napproved {6}by nobody\nsays it is {4}org\/model\nfingerprints {2}fp_demo\nserved by {5}nothing\ndigests {7}nothing\nanswers {7}1 since the start, the last \S+Z\n$/,
    );
    expect(await run(['approve', 'demo', 'org/model', '--reason', 'release 2'])).toEqual({
      code: 0,
      printed: '',
      told: 'approved: `org/model` of `demo` is taken for what it is now (approved)\n',
    });
    const shown = await run(['show', 'demo', 'org/model']);
    expect(shown.printed).toMatch(/\napproved {6}by admin, \S+Z\n/);
    expect(shown.printed).toMatch(/\ntimeline\n {2}\S+Z {2}approved by admin: release 2\n/);
    const { identities } = JSON.parse((await run(['list', '--json'])).printed) as { identities: unknown };
    expect(identities).toMatchObject([{ provider: 'demo', model: 'org/model', state: 'approved' }]);
  });

  test('says that it knows no such model, and that a reason is too long', async () => {
    expect((await run(['show', 'demo', 'other'])).code).toBe(1);
    expect((await run(['approve', 'demo', 'other'])).code).toBe(1);
    const { code, told } = await run(['approve', 'demo', 'org/model', '--reason', 'x'.repeat(10_000)]);
    expect(code).toBe(2);
    expect(told).toContain('characters at most');
  });
});
