import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-budgets-'));

let gateway: RunningGateway;

beforeAll(async () => {
  writeFileSync(
    join(cwd, 'sallyport.yaml'),
    `budgets:
  limits:
    - { name: wide, counts: requests, max: 100, per: day }
    - { name: money, counts: cost, max: 0.5, per: month, by: [principal] }
`,
  );
  const env = { SALLYPORT_KEYS: 'mailer:secret-of-the-mailer', SALLYPORT_ADMIN_TOKEN: TOKEN };
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
  await fetch(`${gateway.dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret-of-the-mailer', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'go' }] }),
  });
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function run(args: readonly string[]) {
  const terminal = capturedTerminal({ cwd, env: { SALLYPORT_ADMIN_TOKEN: TOKEN } });
  const code = await main(['budgets', ...args, '--admin-port', new URL(gateway.adminUrl).port], terminal);
  return { code, printed: terminal.printed };
}

describe('sallyport budgets', () => {
  test('shows every limit for whom it counts, what was used of it and until when', async () => {
    const { code, printed } = await run([]);
    expect(code).toBe(0);
    expect(printed).toMatch(/^limit +of +counts +per +mode +max +used +reserved +resets at/);
    expect(printed).toMatch(/^wide +requests +day +hard +100 +1 +0 +\d{4}-\d\d-\d\dT00:00:00\.000Z/m);
    expect(printed).toMatch(
      /^money +principal default\/service\/mailer +cost \(USD\) +month +hard +0\.5 +0\.0\d+ +0 /m,
    );
  });

  test('--json gives what the admin API gives', async () => {
    const { budgets, currency } = JSON.parse((await run(['--json'])).printed) as {
      currency: string;
      budgets: readonly { readonly limit: string }[];
    };
    expect(currency).toBe('USD');
    expect(budgets.map(({ limit }) => limit)).toEqual(['wide', 'money']);
  });
});
