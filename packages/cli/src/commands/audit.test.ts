import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '@sallyport/core';
import { loadConfig, openHouse } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const receipt = { lines: [], unseen: [], segments: 1, inspectedChars: 9, uninspectedChars: 0 };
const request = {
  protocol: 'openai-chat',
  route: 'demo',
  model: 'demo-1',
  stream: false,
  tools: [],
  messages: 1,
  bodyBytes: 9,
};
const principal = { kind: 'service', id: 'app', tenant: 'default', groups: [] } as const;

function recordsOf(exchange: string): readonly AuditRecord[] {
  const base = { v: 1, exchange, at: '2026-01-02T03:04:05.678Z', decisions: [], receipt, redacted: {} } as const;
  return [
    { ...base, kind: 'opened', principal, request, effect: 'flag', detectors: 'd' },
    {
      ...base,
      kind: 'closed',
      outcome: 'completed',
      status: 200,
      effect: 'allow',
      restored: 0,
      answer: {},
      releasedChars: 5,
      ms: { total: 2, held: 0 },
    },
  ];
}

async function openedHouse(folder: string) {
  const loaded = loadConfig({ env: {}, cwd, options: { data: folder, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  return openHouse(loaded.config);
}

beforeAll(async () => {
  const house = await openedHouse('data');
  for (const exchange of ['x1', 'x2'])
    for (const record of recordsOf(exchange)) await house.parts.recorder.append(record);
  await house.close();
});

async function audit(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await main(['audit', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

describe('sallyport audit', () => {
  test('`list` sums up the newest exchanges first', async () => {
    const { code, printed } = await audit('list', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(printed).exchanges).toMatchObject([
      { exchange: 'x2' },
      {
        exchange: 'x1',
        principal: 'app',
        model: 'demo-1',
        effect: 'flag',
        outcome: 'completed',
        status: 200,
        records: 2,
      },
    ]);
    const first = JSON.parse((await audit('list', '--limit', '1', '--json')).printed);
    const rest = JSON.parse((await audit('list', '--before', String(first.before), '--json')).printed);
    expect([first.exchanges.length, rest.exchanges.map(({ exchange }: { exchange: string }) => exchange)]).toEqual([
      1,
      ['x1'],
    ]);
  });

  test('`show` prints the records of one exchange, and ends with 1 when there is none', async () => {
    const { code, printed } = await audit('show', 'x1', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(printed).records.map(({ record }: { record: AuditRecord }) => record.kind)).toEqual([
      'opened',
      'closed',
    ]);
    expect((await audit('show', 'none', '--json')).code).toBe(1);
  });

  test("`export` prints one record a line, with the exchange's id", async () => {
    const { code, printed } = await audit('export', '--json');
    expect(code).toBe(0);
    const records = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecord);
    // The set of policies that came into force has an id of its own.
    expect(records[0]).toMatchObject({ kind: 'policy-set', cause: 'start', policySet: expect.any(String) });
    expect(records.slice(2).map(({ exchange, kind }) => `${exchange} ${kind}`)).toEqual([
      'x1 opened',
      'x1 closed',
      'x2 opened',
      'x2 closed',
    ]);
    expect((await audit('export', '--kind', 'closed', '--exchange', 'x2')).printed.trimEnd().split('\n')).toHaveLength(
      1,
    );
    expect((await audit('export', '--from', '1', '--to', '3')).printed.trimEnd().split('\n')).toHaveLength(2);
  });

  test('`verify` vouches for the whole log, and for a head that was kept', async () => {
    const { code, printed } = await audit('verify', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(printed);
    expect(report).toMatchObject({ ok: true, leaves: 6, unsealed: 0, problems: [] });
    writeFileSync(join(cwd, 'head.json'), JSON.stringify(report.head));
    expect((await audit('verify', '--head', 'head.json')).printed).toContain('the log is whole\n');
    expect((await audit('verify', '--head', 'none.json')).code).toBe(2);
  });

  test("`verify` ends with 1 for a head that the log does not hold, and for a stranger's key", async () => {
    const other = await openedHouse('other');
    await other.close();
    const key = join(cwd, 'other', 'log-public-key.pem');
    expect(readFileSync(key, 'utf8')).toContain('PUBLIC KEY');
    const { code, printed } = await audit('verify', '--public-key', key);
    expect(code).toBe(1);
    expect(printed).toMatch(/^the log is NOT whole: \d+ problems?\n {2}head-unsigned size /);
  });
});
