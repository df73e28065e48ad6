import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from '../packages/gateway/src/testing/test-gateway.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('skipped: there is no curl on this machine, examples/curl was not run\n');

/** Each story as its reader would run it, against the URL that its client wants. */
const STORIES = [
  { name: 'examples/openai-sdk', command: [process.execPath, 'openai-sdk/story.mjs'], runs: true, base: 'baseURL' },
  {
    name: 'examples/anthropic-sdk',
    command: [process.execPath, 'anthropic-sdk/story.mjs'],
    runs: true,
    base: 'dataUrl',
  },
  { name: 'examples/bedrock-sdk', command: [process.execPath, 'bedrock-sdk/story.mjs'], runs: true, base: 'dataUrl' },
  { name: 'examples/curl', command: ['sh', 'curl/story.sh'], runs: hasCurl, base: 'baseURL' },
] as const;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-story-'));
let gateway: TestGateway;
let unguarded: TestGateway;

beforeAll(async () => {
  mkdirSync(join(folder, 'access'));
  mkdirSync(join(folder, 'guard'));
  writeFileSync(join(folder, 'access', 'all.cedar'), 'permit (principal, action, resource);\n');
  gateway = await testGateway();
  unguarded = await testGateway(`policies: { starter: false, folder: ${JSON.stringify(folder)} }\n`);
});
afterAll(async () => {
  await gateway.end();
  await unguarded.end();
  rmSync(folder, { recursive: true, force: true });
});

function run([program = '', ...args]: readonly string[], url: string) {
  return new Promise<{ readonly code: number | null; readonly output: string }>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { PATH: process.env.PATH, SALLYPORT_URL: url, SALLYPORT_KEY: TEST_KEY },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe.each(STORIES)('$name', ({ command, runs, base }) => {
  it.skipIf(!runs)('shows what is true', async () => {
    const { code, output } = await run(command, gateway[base]);
    expect(output).toContain('4111 1111 1111 1111');
    expect(output).toContain('Blocked by policy');
    expect(code).toBe(0);
    const effects = gateway.house.exchanges({ limit: 4 }).exchanges.map(({ records }) => records[0]);
    expect(effects).toMatchObject([
      { effect: 'block' },
      { effect: 'redact', redacted: { 'payment-card': 1 } },
      { effect: 'allow' },
      { effect: 'allow' },
    ]);
  });

  it.skipIf(!runs)('ends with an error where nothing is guarded', async () => {
    const { code, output } = await run(command, unguarded[base]);
    expect(output).toContain('A card number');
    expect(code).not.toBe(0);
  });
});
