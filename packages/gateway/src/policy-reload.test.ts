import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditTrail } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const FOLDER = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
const FILE = join(FOLDER, 'guard', 'ours.cedar');
const BLOCK_EMAIL =
  '@id("no-email")\n@effect("block")\nforbid (principal, action == Action::"input", resource)\nwhen { context.risk["personal-data"] >= 500 };\n';
const HARMLESS =
  '@id("nothing")\n@effect("flag")\nforbid (principal, action == Action::"input", resource)\nwhen { context.risk.injection > 999 };\n';

let gateway: TestGateway;
beforeAll(async () => {
  mkdirSync(join(FOLDER, 'guard'));
  mkdirSync(join(FOLDER, 'access'));
  writeFileSync(FILE, HARMLESS);
  gateway = await testGateway(`policies:\n  folder: ${FOLDER}\n`, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(async () => {
  await gateway.end();
  rmSync(FOLDER, { recursive: true, force: true });
});

async function readiness(): Promise<{
  readonly ready: boolean;
  readonly policySet: string;
  readonly policyProblems: readonly string[];
}> {
  return (await fetch(`${gateway.dataUrl}/readyz`)).json() as never;
}

async function ask(): Promise<string> {
  const response = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'write to joe@example.com' }] }),
  });
  await response.text();
  return response.headers.get('x-sallyport-decision') ?? '';
}

const POLL = { timeout: 15_000, interval: 50 };

describe('policies that change under a running gateway', () => {
  it('are in force once their file is written; a broken file leaves the last good ones, and says so', async () => {
    const first = await readiness();
    expect(await ask()).toBe('redact');

    writeFileSync(FILE, BLOCK_EMAIL);
    await expect.poll(async () => (await readiness()).policySet, POLL).not.toBe(first.policySet);
    expect(await ask()).toBe('block');
    const second = await readiness();
    expect(second.policyProblems).toEqual([]);

    writeFileSync(FILE, 'forbid (principal, action, resource) when {');
    await expect.poll(async () => (await readiness()).policyProblems.length, POLL).toBeGreaterThan(0);
    expect((await readiness()).policySet).toBe(second.policySet);
    expect((await readiness()).ready).toBe(true);
    expect(await ask()).toBe('block');
    const report = await fetch(`${gateway.adminUrl}/api/v1/policies`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(await report.json()).toMatchObject({ policySet: second.policySet, problems: [expect.any(String)] });

    writeFileSync(FILE, HARMLESS);
    await expect.poll(async () => (await readiness()).policySet, POLL).toBe(first.policySet);
    expect((await readiness()).policyProblems).toEqual([]);
    expect(await ask()).toBe('redact');

    const trail = openAuditTrail(join(gateway.data, 'store'));
    const sets = Array.from(trail.records({ kind: 'policy-set' }), ({ record }) => record);
    await trail.close();
    expect(sets.map(({ at: _at, exchange: _id, ...record }) => record)).toMatchObject([
      { cause: 'start', policySet: first.policySet },
      { cause: 'reload', before: first.policySet, policySet: second.policySet },
      { cause: 'reload', before: second.policySet, policySet: first.policySet },
    ]);
  }, 60_000);
});
