import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClosedRecord } from '@sallyport/core';
import { loadConfig, openHouse } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-baseline-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const HOSTILE = '<script>alert(1)</script>\u001b[2K';

function closed(at: string, exchange: string, total: number): ClosedRecord {
  return {
    v: 1,
    kind: 'closed',
    exchange,
    at,
    request: {
      protocol: 'openai-chat',
      route: 'default',
      model: HOSTILE,
      stream: false,
      tools: [],
      messages: 1,
      bodyBytes: 9,
    },
    outcome: 'completed',
    status: 200,
    decisions: [],
    receipt: { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 },
    effect: 'allow',
    redacted: {},
    restored: 0,
    answer: { finishReasons: ['stop'] },
    releasedChars: 9,
    ms: { total, beforeUpstream: 1, held: 0 },
  };
}

beforeAll(async () => {
  const loaded = loadConfig({ env: {}, cwd, options: { data: 'data', logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  const house = await openHouse(loaded.config);
  const days = [
    ['01', 300, 400],
    ['02', 300, 900],
    ['03', 300, 401],
    ['04', 20, 400],
  ] as const;
  for (const [day, count, ms] of days) {
    const exchanges = Array.from({ length: count }, (_, at) => {
      const seconds = Math.floor((at * 86_400) / count);
      const time = new Date(Date.parse(`2026-03-${day}T00:00:00.000Z`) + seconds * 1_000).toISOString();
      return house.parts.recorder.append(closed(time, `x${day}-${at}`, ms + (at % 17)));
    });
    await Promise.all(exchanges);
  }
  await house.close();
});

async function baseline(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await main(['baseline', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

const day = (number: number) => ['--since', `2026-03-0${number}`, '--until', `2026-03-0${number + 1}`];

describe('sallyport baseline', () => {
  test('`record` keeps a period under a name, once, and says of what too little came', async () => {
    const { code, printed } = await baseline('record', 'first', ...day(1));
    expect(code).toBe(0);
    expect(printed).toContain('first: 300 records from 2026-03-01 00:00 to 2026-03-02 00:00');
    expect(printed).not.toContain('THIN');
    expect(printed).not.toContain('\u001b');
    const again = await baseline('record', 'first', ...day(1));
    expect([again.code, again.told]).toEqual([2, expect.stringContaining('--replace')]);
    expect((await baseline('record', 'first', ...day(1), '--replace', '--json')).code).toBe(0);
    const thin = await baseline('record', 'thin', ...day(4));
    expect([thin.code, thin.printed]).toEqual([3, expect.stringContaining('THIN: nothing is said below 200')]);
    expect((await baseline('list')).printed).toBe('first\nthin\n');
    expect(JSON.parse((await baseline('list', '--json')).printed)).toEqual({ baselines: ['first', 'thin'] });
  });

  test('`compare` ends with 0, 1 or 3: nothing moved, something did, and it cannot be said', async () => {
    const same = await baseline('compare', 'first', ...day(3));
    expect([same.code, same.printed]).toEqual([0, expect.stringContaining('not shown to have moved')]);
    const moved = await baseline('compare', 'first', ...day(2));
    expect(moved.code).toBe(1);
    expect(moved.printed).toMatch(/latency +408 ms \(p95 41\d ms\) +9\d\d ms/);
    expect(moved.printed).toContain('before 2026-03-02 00:15');
    expect(moved.printed).toContain('x02-');
    expect(moved.printed).not.toContain('\u001b');
    const thin = await baseline('compare', 'first', ...day(4));
    expect([thin.code, thin.printed]).toEqual([3, expect.stringContaining('CANNOT SAY')]);
    expect(thin.printed).toContain('latency (300 and 20)');
  });

  test('`compare --json` has everything that is said', async () => {
    const report = JSON.parse((await baseline('compare', 'first', ...day(2), '--json')).printed);
    expect(report).toMatchObject({ verdict: 'moved', name: 'first', sampleMin: 200, falseAlarms: 0.01, sameLog: true });
    expect(report.moves[0]).toMatchObject({ signal: 'latency', direction: 'up', series: { name: HOSTILE } });
    expect(report.moves[0].corrected).toBeLessThan(0.01);
  });

  test('`compare --out` writes a page, or JSON', async () => {
    expect((await baseline('compare', 'first', ...day(2), '--out', 'moved.html')).code).toBe(1);
    const page = readFileSync(join(cwd, 'moved.html'), 'utf8');
    expect(page).toContain('latency over the period');
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect((await baseline('compare', 'first', ...day(2), '--out', 'moved.json')).code).toBe(1);
    expect(JSON.parse(readFileSync(join(cwd, 'moved.json'), 'utf8'))).toMatchObject({ verdict: 'moved' });
    expect((await baseline('compare', 'first', ...day(2), '--out', join('none', 'moved.html'))).code).toBe(2);
  });

  test('`compare` takes a file with the key that signed it, and refuses one that was changed', async () => {
    const text = readFileSync(join(cwd, 'data', 'baselines', 'first.json'), 'utf8');
    writeFileSync(join(cwd, 'copy.json'), text);
    expect((await baseline('compare', 'copy.json', ...day(3))).code).toBe(0);
    expect((await baseline('compare', 'copy.json', ...day(3), '--vkey', 'data/log-vkey.txt')).code).toBe(0);
    writeFileSync(join(cwd, 'changed.json'), text.replace('"records":300,', '"records":301,'));
    const changed = await baseline('compare', 'changed.json', ...day(3));
    expect([changed.code, changed.told]).toEqual([2, expect.stringContaining('changed since')]);
  });

  test.each([
    ['a period without a beginning', ['compare', 'first']],
    ['a name that is none', ['record', 'First.json', ...day(1)]],
    ['a baseline that is not there', ['compare', 'none', ...day(1)]],
    ['a share of false alarms of nothing', ['compare', 'first', ...day(1), '--false-alarms', '0']],
    ['a share of false alarms above a half', ['compare', 'first', ...day(1), '--false-alarms', '0.51']],
    ['a key that is none', ['compare', 'first', ...day(1), '--vkey', 'none']],
  ])('refuses %s: 2', async (_what, args) => {
    expect((await baseline(...args)).code).toBe(2);
  });

  test('`compare` cannot say where there is no log: 3', async () => {
    const { code, told } = await baseline('compare', 'first', ...day(1), '--data', 'nowhere');
    expect([code, told]).toEqual([2, expect.stringContaining('no baseline')]);
    const copy = await baseline('compare', 'copy.json', ...day(1), '--data', 'nowhere');
    expect([copy.code, copy.told]).toEqual([3, expect.stringContaining('STORE_BROKEN')]);
  });
});
