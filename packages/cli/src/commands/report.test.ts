import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, openHouse } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-report-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

beforeAll(async () => {
  const loaded = loadConfig({ env: {}, cwd, options: { data: 'data', logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  const house = await openHouse(loaded.config);
  await house.parts.recorder.append({
    v: 1,
    kind: 'canary',
    exchange: 'canary',
    at: '2026-01-02T03:04:05.678Z',
    step: 'asked',
    provider: 'demo',
    model: 'demo\u202e',
    inputs: [],
    answers: [],
    calls: 1,
    tokens: 20,
  });
  await house.close();
});

async function report(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await main(['report', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

const PERIOD = ['--period', '2026-01'];
const file = (name: string) => readFileSync(join(cwd, name), 'utf8');

describe.each(['vendors', 'impact'])('sallyport report %s', (kind) => {
  test('writes a page, or JSON where the name says so, and prints one document with `--json`', async () => {
    expect(await report(kind, ...PERIOD, '--out', `${kind}.html`)).toMatchObject({
      code: 0,
      told: `written to ${kind}.html\n`,
    });
    expect(file(`${kind}.html`)).toMatch(/^<!doctype html>/);
    await report(kind, ...PERIOD, '--out', `${kind}.json`);
    const { printed } = await report(kind, ...PERIOD, '--json');
    const written = JSON.parse(file(`${kind}.json`));
    expect({ ...JSON.parse(printed), madeAt: '' }).toEqual({ ...written, madeAt: '' });
    expect(written).toMatchObject({ v: 1, report: kind, period: { from: '2026-01-01T00:00:00.000Z' } });
  });

  test('shows names of others without obeying them', async () => {
    const { printed } = await report(kind, ...PERIOD);
    expect(printed).not.toContain('\u202e');
    await report(kind, ...PERIOD, '--out', `${kind}-names.html`);
    expect(file(`${kind}-names.html`)).not.toContain('\u202e');
  });

  test.each([
    ['a period that is none', ['--period', 'november']],
    ['two periods', ['--period', '30d', '--since', '2026-01-01']],
    ['a file that cannot be written', ['--out', 'no/such/folder.html']],
    ['a gateway without a token', ['--from-gateway']],
  ])('refuses %s: 2', async (_what, args) => {
    expect((await report(kind, ...args)).code).toBe(2);
  });

  test('says why where there is no log, and where no gateway answers: 1', async () => {
    expect((await report(kind, '--data', 'nothing')).code).toBe(1);
    const terminal = capturedTerminal({ cwd, env: { SALLYPORT_ADMIN_TOKEN: 'x'.repeat(32) } });
    expect(await main(['report', kind, '--from-gateway', '--admin-port', '1'], terminal)).toBe(1);
    expect(terminal.told).toContain('error: ');
  });
});
