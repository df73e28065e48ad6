import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-tail-'));

let gateway: RunningGateway;
beforeAll(async () => {
  writeFileSync(join(cwd, 'sallyport.yaml'), '');
  const env = { SALLYPORT_KEYS: 'mailer:secret-of-the-mailer', SALLYPORT_ADMIN_TOKEN: TOKEN };
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function chat(content: string): Promise<void> {
  const answer = await fetch(`${gateway.dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret-of-the-mailer', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content }] }),
  });
  await answer.text();
}

async function run(args: readonly string[], { token = TOKEN, isScreen = false, whileRunning = async () => {} } = {}) {
  const terminal = capturedTerminal({ cwd, isScreen, env: { SALLYPORT_ADMIN_TOKEN: token } });
  const running = main([...args, '--admin-port', new URL(gateway.adminUrl).port], terminal);
  await whileRunning();
  return { code: await running, printed: terminal.printed, told: terminal.told };
}

/** Until somebody watches. */
async function watched(): Promise<void> {
  while (gateway.house.watch.status().watchers === 0) await turn();
}

describe('sallyport tail', () => {
  test('follows what happens, a line each, and ends after as many as were asked for', async () => {
    const { code, printed } = await run(['tail', '--kind', 'closed', '--count', '2'], {
      whileRunning: async () => {
        await watched();
        await chat('hello');
        await chat('write to eve@corp-mail.com');
      },
    });
    expect(code).toBe(0);
    const lines = printed.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d{4}\S+Z {2}closed {10}allow {3}\S+ {2}service\/mailer {2}demo {2}completed {2}\d+ ms/);
    expect(lines[1]).toContain('redact');
    expect(printed).not.toContain('eve');
  });

  test('shows what passes the filters, as documents with --json', async () => {
    const filters = ['--verdict', 'redact', '--category', 'personal-data', '--principal', 'mailer'];
    const { printed } = await run(['tail', ...filters, '--count', '1', '--json'], {
      whileRunning: async () => {
        await watched();
        await chat('hello');
        await chat('write to eve@corp-mail.com');
      },
    });
    expect(JSON.parse(printed)).toMatchObject({ kind: 'opened', effect: 'redact', findings: { 'personal-data': 1 } });
  });

  test('says why there is nothing to follow', async () => {
    expect(await run(['tail'], { token: 'nobody' })).toMatchObject({
      code: 1,
      told: expect.stringContaining('knows no operator'),
    });
    expect(await run(['tail', '--count', '0'])).toMatchObject({ code: 2 });
    expect(await run(['tail', '--verdict', 'maybe'])).toMatchObject({ code: 2 });
  });
});

describe('sallyport top', () => {
  test('shows a frame after the other, in plain text where there is no screen', async () => {
    await chat('write to eve@corp-mail.com');
    const { code, printed } = await run(['top', '--frames', '1']);
    expect(code).toBe(0);
    expect(printed).toMatch(/^\d{4}\S+Z {2}\d+ series, 0\.\d MiB\n\nmodel +per min/);
    expect(printed).toMatch(/^demo +\d/m);
    expect(printed).toMatch(/^ses_\w+ +0 +service\/mailer +personal-data=\d/m);
    expect(printed).not.toContain('\u001b');
    const { printed: drawn } = await run(['top', '--frames', '1', '--scope', 'principal'], { isScreen: true });
    expect(drawn.startsWith('\u001b[H\u001b[J')).toBe(true);
    expect(drawn).toMatch(/^default\/service\/mailer +\d/m);
  });

  test('--json gives what the admin API gives', async () => {
    const { printed } = await run(['top', '--frames', '1', '--json', '--scope', 'route']);
    expect(JSON.parse(printed)).toMatchObject({ scope: 'route', busiest: [{ name: 'demo' }], monitor: { failed: 0 } });
  });
});
