import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from '../packages/gateway/src/testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-two-servers';
const MINUTE_MS = 60_000;
const FOLDER = fileURLToPath(new URL('two-servers', import.meta.url));
// The gateway of a test has its configuration in a folder of its own.
const CONFIG = readFileSync(new URL('two-servers/sallyport.yaml', import.meta.url), 'utf8')
  .replaceAll('command: node', `command: ${process.execPath}`)
  .replaceAll('args:', `cwd: ${FOLDER}\n      args:`);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway(CONFIG, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(() => gateway.end());

function runStory() {
  const child = spawn(process.execPath, ['story.mjs'], {
    cwd: FOLDER,
    env: {
      PATH: process.env.PATH,
      SALLYPORT_URL: gateway.dataUrl,
      SALLYPORT_ADMIN_URL: gateway.adminUrl,
      SALLYPORT_KEY: TEST_KEY,
      SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise<{ readonly code: number | null; readonly output: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe('examples/two-servers', () => {
  it('keeps at the bank an account that a file named, and lets pass one that the user named', {
    timeout: 2 * MINUTE_MS,
  }, async () => {
    const { code, output } = await runStory();
    expect(output).toMatch(/from the result of `read_file` for `[^`]*water-june\.txt`.* line 3/);
    expect(output).toContain('The bank knew the call again');
    expect(code).toBe(0);
    const records = gateway.house.exchanges({ limit: 100 }).exchanges.flatMap((exchange) => exchange.records);
    const calls = records.filter((record) => record.kind === 'decided' && record.tool === 'send_money');
    const atBank = calls.filter((record) => 'request' in record && record.request?.route === 'mcp/bank');
    const byModel = calls.filter((record) => !atBank.includes(record));
    expect(atBank.map((record) => 'effect' in record && record.effect).sort()).toEqual(['ask', 'flag']);
    const sessions = atBank.flatMap((record) => ('session' in record && record.session ? [record.session] : []));
    expect(sessions).toHaveLength(1);
    expect(byModel).toMatchObject([{ session: sessions[0] }]);
    expect(JSON.stringify(records)).not.toMatch(/GB29NWBK|DE893704/);
  });
});
