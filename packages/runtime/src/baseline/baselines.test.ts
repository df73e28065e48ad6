import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClosedRecord } from '@sallyport/core';
import { verifierKey } from '@sallyport/record';
import { openInstallKeys } from '@sallyport/stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { openHouse } from '../open-house.ts';
import type { BaselineDocument } from './baseline-document.ts';
import { compareWithBaseline } from './compare-with-baseline.ts';
import { fittingBaseline, recordBaseline } from './record-baseline.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-baselines-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-03-01T00:00:00.000Z');
const day = (number: number) => new Date(START_MS + number * DAY_MS).toISOString();
const FIRST = { from: day(0), to: day(1) };
const SECOND = { from: day(1), to: day(2) };
const NOW = { version: '0', nowMs: START_MS };

function configOf(name: string) {
  const loaded = loadConfig({ env: {}, cwd: join(root), options: { data: name, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  return loaded.config;
}

function closed(at: string, exchange: string, totalMs: number): ClosedRecord {
  return {
    v: 1,
    kind: 'closed',
    exchange,
    at,
    principal: { kind: 'user', id: 'ann', tenant: 'default', groups: [] },
    request: {
      protocol: 'openai-chat',
      route: 'default',
      model: 'model-a',
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
    ms: { total: totalMs, beforeUpstream: 1, held: 0 },
  };
}

/** A log with so many exchanges on each of its days, by how long they took. */
async function fill(name: string, days: readonly (readonly [count: number, totalMs: number])[]): Promise<void> {
  const house = await openHouse(configOf(name));
  for (const [number, [count, totalMs]] of days.entries()) {
    const appended = Array.from({ length: count }, (_, at) => {
      const time = new Date(START_MS + number * DAY_MS + Math.floor((at * DAY_MS) / count)).toISOString();
      return house.parts.recorder.append(closed(time, `d${number}x${at}`, totalMs * (0.9 + (at % 21) / 100)));
    });
    await Promise.all(appended);
  }
  await house.close();
}

beforeAll(async () => {
  await fill('data', [
    [300, 400],
    [300, 800],
    [300, 410],
    [40, 400],
  ]);
  await fill('elsewhere', [[5, 400]]);
});

const fileOf = (name: string) => join(root, 'data', 'baselines', `${name}.json`);

describe('recordBaseline()', () => {
  it('keeps what a period came to, and where in the log it was made from', async () => {
    const recorded = await recordBaseline(configOf('data'), { name: 'first', period: FIRST, replace: false, ...NOW });
    if (!recorded.ok) throw new Error('it exists');
    const { baseline } = recorded;
    expect(baseline).toMatchObject({ name: 'first', records: 300, leftOut: 0, cut: false, sampleMin: 200 });
    expect(baseline.log).toEqual({ origin: expect.any(String), size: expect.any(Number), root: expect.any(String) });
    expect(baseline.log.size).toBeGreaterThanOrEqual(940);
    expect(readFileSync(fileOf('first'), 'utf8')).not.toContain('d0x');
    const again = await recordBaseline(configOf('data'), { name: 'first', period: SECOND, replace: false, ...NOW });
    expect(again).toEqual({ ok: false, why: 'exists' });
    const other = await recordBaseline(configOf('data'), { name: 'other', period: SECOND, replace: false, ...NOW });
    const replaced = await recordBaseline(configOf('data'), { name: 'other', period: FIRST, replace: true, ...NOW });
    expect([other.ok, replaced.ok]).toEqual([true, true]);
  });
});

describe('compareWithBaseline()', () => {
  const compare = (period = SECOND, reference: { name: string } | { text: string } = { name: 'first' }) =>
    compareWithBaseline(configOf('data'), { reference, period, falseAlarms: 0.01 });

  it('says what moved since, with exchanges to look at', async () => {
    const compared = await compare();
    if (!compared.ok) throw new Error(compared.why);
    const { report } = compared;
    expect(report).toMatchObject({ verdict: 'moved', sameLog: true, now: { records: 300, leftOut: 0 } });
    expect(report.moves.map(({ series, signal }) => `${series.scope} ${signal}`)).toEqual(['model latency']);
    expect(report.moves[0]?.exchanges[0]?.exchange).toMatch(/^d1x/);
  });

  it('says that nothing moved, and that it cannot say', async () => {
    expect(await compare({ from: day(2), to: day(3) })).toMatchObject({ report: { verdict: 'not-moved', moves: [] } });
    expect(await compare({ from: day(3), to: day(4) })).toMatchObject({ report: { verdict: 'unknown' } });
    expect(await compare({ from: day(9), to: day(10) })).toMatchObject({
      report: { verdict: 'unknown', now: { records: 0 } },
    });
  });

  it('takes no baseline that is not there, was changed, or that another log signed', async () => {
    expect(await compare(SECOND, { name: 'none' })).toEqual({ ok: false, why: 'unknown' });
    const text = readFileSync(fileOf('first'), 'utf8');
    const changed = text.replace('"records":300,', '"records":301,');
    expect(changed).not.toBe(text);
    for (const broken of [changed, '', '{}', text.slice(1)]) {
      expect(await compare(SECOND, { text: broken })).toEqual({ ok: false, why: 'unsigned' });
    }
    const abroad = { period: SECOND, falseAlarms: 0.01, reference: { text } };
    expect(await compareWithBaseline(configOf('elsewhere'), abroad)).toEqual({ ok: false, why: 'unsigned' });
    const { origin, publicKey } = openInstallKeys(join(root, 'data'));
    const known = await compareWithBaseline(configOf('elsewhere'), { ...abroad, key: verifierKey(origin, publicKey) });
    expect(known).toMatchObject({ report: { sameLog: false, verdict: 'unknown' } });
  });

  it('takes no file that stands in the place of a baseline of another name', async () => {
    copyFileSync(fileOf('first'), fileOf('moved'));
    expect(await compare(SECOND, { name: 'moved' })).toEqual({ ok: false, why: 'unsigned' });
    expect(await compare(SECOND, { text: readFileSync(fileOf('moved'), 'utf8') })).toMatchObject({
      report: { name: 'first' },
    });
  });

  it('says when the log no longer holds what a baseline was made from', async () => {
    const period = { from: day(0), to: day(1) };
    const folder = join(root, 'rewound');
    await fill('rewound', [[210, 400]]);
    await recordBaseline(configOf('rewound'), { name: 'first', period, replace: false, ...NOW });
    const [secrets, text] = ['install.json', 'baselines/first.json'].map((file) =>
      readFileSync(join(folder, file), 'utf8'),
    );
    const asked = { reference: { text: text ?? '' }, period, falseAlarms: 0.01 };
    expect(await compareWithBaseline(configOf('rewound'), asked)).toMatchObject({ report: { sameLog: true } });
    for (const count of [5, 210]) {
      // The same install, with another past: a shorter one, and one as long.
      rmSync(folder, { recursive: true });
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, 'install.json'), secrets ?? '', { mode: 0o600 });
      await fill('rewound', [[count, 500]]);
      expect(await compareWithBaseline(configOf('rewound'), asked)).toEqual({ ok: false, why: 'log-changed' });
    }
  });
});

describe('fittingBaseline()', () => {
  const baseline = {
    leftOut: 1,
    series: Array.from({ length: 8 }, (_, at) => ({
      series: { scope: 'model', name: `m${at}` },
      exchanges: at,
      calls: 0,
    })),
  } as unknown as BaselineDocument;
  const textOf = (each: BaselineDocument) => JSON.stringify(each.series.map(({ series }) => series.name));

  it('keeps all that fits into a file, and of more the series that come most', () => {
    const whole = Buffer.byteLength(textOf(baseline));
    expect(fittingBaseline(baseline, textOf, whole).baseline).toBe(baseline);
    const { baseline: smaller, text } = fittingBaseline(baseline, textOf, whole - 1);
    expect(smaller.series.map(({ series }) => series.name)).toEqual(['m4', 'm5', 'm6', 'm7']);
    expect([smaller.leftOut, text]).toEqual([5, textOf(smaller)]);
    expect(fittingBaseline(baseline, textOf, 0).baseline.series).toEqual([]);
  });
});
