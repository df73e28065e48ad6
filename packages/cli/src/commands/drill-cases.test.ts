import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { casesIn } from '../drill/case-files.ts';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const CASES = fileURLToPath(new URL('../../../redteam/cases/', import.meta.url));
const KEY = 'secret-of-the-key-for-drills';
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-cases-'));
let gateway: RunningGateway;

beforeAll(async () => {
  const options = { data: 'data', port: 0, adminPort: 0, logLevel: 'silent' } as const;
  const loaded = loadConfig({ path: undefined, env: { SALLYPORT_KEYS: `drill:${KEY}` }, options, cwd });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

test('every attack that was stopped once is stopped, and every benign text gets through, as the gateway comes', async () => {
  const terminal = capturedTerminal({ cwd, env: { SALLYPORT_KEY: KEY } });
  const criterion = ['--max-success', '0', '--max-benign-blocked', '0'];
  const to = ['--url', gateway.dataUrl, '--rate', '1000'];
  const code = await main(['drill', ...to, '--cases', join(CASES, 'kept'), ...criterion, '--json'], terminal);
  const { results } = JSON.parse(terminal.printed);
  const changed = results.filter(
    ({ id, outcome }: { id: string; outcome: string }) => outcome !== (id.startsWith('benign/') ? 'passed' : 'stopped'),
  );
  expect(changed).toEqual([]);
  expect(code).toBe(0);
});

test('the attacks that are known to get through are cases that a drill can send', () => {
  expect(casesIn(join(CASES, 'open'), 1_000)).toEqual(
    expect.arrayContaining([expect.objectContaining({ side: 'attack' })]),
  );
});
