import type { AuditRecord, ClosedRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { SKETCH_MAX_BINS } from '../sketch/quantile-sketch.ts';
import { ANN, closed, decided, found, opened, reached, START_MS } from '../testing/traffic.ts';
import { BASELINE_SERIES_MAX } from './baseline-sampler.ts';
import type { BaselineMix } from './compared-signals.ts';
import { KINDS_MAX } from './kind-counts.ts';
import { measurePeriod } from './measure-period.ts';
import { BASELINE_NAME_MAX_CHARS } from './read-observation.ts';
import { SEEN_NAMES_MAX } from './seen-names.ts';

const HOUR_MS = 3_600_000;
const PERIOD = { from: new Date(START_MS).toISOString(), to: new Date(START_MS + 24 * HOUR_MS).toISOString() };
/** Of what a file may hold, a part. */
const BASELINE_MAX_CHARS = 4_000_000;
const AGENT = { kind: 'agent', id: 'bot', tenant: 'default', groups: [] } as const;

function baselineOf(records: readonly AuditRecord[]) {
  const { sampler, leftOut } = measurePeriod(() => records, { period: PERIOD });
  return sampler.baseline(leftOut);
}

const seriesOf = (records: readonly AuditRecord[], scope: string) =>
  baselineOf(records).series.find(({ series }) => series.scope === scope);

describe('BaselineSampler', () => {
  it('measures each model, agent and principal of its period', () => {
    const records = [
      closed(START_MS),
      closed(START_MS + HOUR_MS, { principal: AGENT, effect: 'block' }),
      closed(START_MS + 24 * HOUR_MS),
    ];
    const { series, records: count, hours, weekdays } = baselineOf(records);
    expect(series.map(({ series: { scope, name }, exchanges }) => [scope, name, exchanges])).toEqual([
      ['agent', 'default/agent/bot', 1],
      ['model', 'model-a', 2],
      ['principal', 'default/user/ann', 1],
    ]);
    expect(count).toBe(3);
    expect(hours.slice(0, 2)).toEqual([2, 1]);
    // 1 January 2026 was a Thursday.
    expect(weekdays).toEqual([0, 0, 0, 0, 2, 1, 0]);
    const model = series.find(({ series: name }) => name.scope === 'model');
    expect(model?.levels.latency).toMatchObject({ count: 2, logMean: expect.closeTo(Math.log(1_010), 6) });
    expect(model?.rates.block).toMatchObject({ count: 2, hits: 1 });
    expect(model?.mixes.finish?.kinds).toEqual([['stop', 2]]);
    expect(model?.levels.cost).toBeUndefined();
  });

  it('knows which tools an agent called, one after the other, what was found and what it reached', () => {
    const session = (id: string) => ({ principal: AGENT, session: { id, by: 'trace' as const } });
    const series = seriesOf(
      [
        decided(START_MS, 'list', session('s1')),
        decided(START_MS + 1, 'send', session('s2')),
        decided(START_MS + 2, 'read', session('s1')),
        opened(START_MS + 3, { principal: AGENT, decisions: [found('personal-data', 'email'), reached('crm')] }),
        opened(START_MS + 4, { principal: AGENT, decisions: [reached('crm')] }),
      ],
      'agent',
    );
    expect(series?.calls).toBe(3);
    expect(series?.mixes.transitions?.kinds.map(([pair]) => pair)).toEqual(
      expect.arrayContaining(['["","list"]', '["","send"]', '["list","read"]']),
    );
    expect(series?.mixes.findings?.kinds).toEqual([
      ['none/input', 1],
      ['personal-data/input', 1],
    ]);
    expect(series?.news).toMatchObject({
      'new-tool': { count: 3, names: ['list', 'read', 'send'], isFull: false },
      'new-destination': { count: 2, names: ['crm'] },
    });
  });

  it('counts what was turned away in no other share', () => {
    const series = seriesOf(
      [closed(START_MS), closed(START_MS + 1, { outcome: 'rejected', suppressed: 98 })],
      'principal',
    );
    expect(series?.exchanges).toBe(100);
    expect(series?.rates).toMatchObject({ rejection: { count: 100, hits: 99 }, block: { count: 1, hits: 0 } });
  });

  it('passes over drills, what operators do, and records without a time', () => {
    const { records, series } = baselineOf([
      closed(START_MS, { drill: 'd' }),
      { ...closed(START_MS), at: 'once' },
      { v: 1, kind: 'interrupted', exchange: 'x', at: new Date(START_MS).toISOString() },
    ]);
    expect([records, series]).toEqual([0, []]);
  });

  it('measures the series that come most, and counts those it leaves out', () => {
    const max = BASELINE_SERIES_MAX.principal;
    const by = (id: string, at: number) => closed(START_MS + at, { principal: { ...ANN, id } });
    const flood = Array.from({ length: max }, (_, at) => by(`user-${at}`, at));
    expect(baselineOf(flood)).toMatchObject({ leftOut: 0 });
    const { series, leftOut } = baselineOf([...flood, by('often', 1), by('often', 2)]);
    expect(leftOut).toBe(1);
    const names = series.filter(({ series: { scope } }) => scope === 'principal').map(({ series: { name } }) => name);
    expect(names).toHaveLength(max);
    expect(names).toContain('default/user/often');
  });

  it('writes down the same, whatever came first', () => {
    const records = Array.from({ length: 50 }, (_, at) =>
      closed(START_MS + at * HOUR_MS, { principal: { ...ANN, id: `user-${at % 7}` } }),
    );
    expect(JSON.stringify(baselineOf(records).series)).toBe(JSON.stringify(baselineOf(records.toReversed()).series));
  });

  it('stays within its bounds over a long log, whatever names come in it', () => {
    const FLOOD = 8_000;
    function* flood(): Generator<AuditRecord> {
      for (let at = 0; at < FLOOD; at += 1) {
        const atMs = START_MS + (at * 24 * HOUR_MS) / FLOOD;
        const scene = { principal: at % 2 === 0 ? AGENT : { ...ANN, id: `user-${at}` } };
        yield decided(atMs, `tool-${at}`, { ...scene, session: { id: `s${at % 500}`, by: 'trace' } });
        yield opened(atMs, { ...scene, decisions: [reached(`place-${at}`)] });
        yield closed(atMs, {
          ...scene,
          request: { ...closed(atMs).request, model: `model-${at % 999}` } as NonNullable<ClosedRecord['request']>,
          answer: { finishReasons: [`reason-${at}`] },
          releasedChars: 10 ** ((at % 17) + 1),
          ms: { total: 10 ** (at % 9), beforeUpstream: 0, held: 0 },
        });
      }
    }
    const { sampler, leftOut } = measurePeriod(flood, { period: PERIOD });
    const { series, records } = sampler.baseline(leftOut);
    expect(records).toBe(3 * FLOOD);
    expect(leftOut).toBeGreaterThan(0);
    for (const [scope, max] of Object.entries(BASELINE_SERIES_MAX))
      expect(series.filter((each) => each.series.scope === scope).length).toBeLessThanOrEqual(max);
    for (const { levels, mixes, news } of series) {
      for (const { bins } of Object.values(levels)) expect(bins.bins.length).toBeLessThanOrEqual(SKETCH_MAX_BINS);
      for (const [mix, { kinds }] of Object.entries(mixes))
        expect(kinds.length).toBeLessThanOrEqual(2 * KINDS_MAX[mix as BaselineMix] + 1);
      for (const { names } of Object.values(news)) expect(names.length).toBeLessThanOrEqual(SEEN_NAMES_MAX);
    }
    const agent = series.find((each) => each.series.scope === 'agent');
    expect(agent?.news['new-tool']).toMatchObject({ isFull: true, count: FLOOD / 2 });
    expect(JSON.stringify(series).length).toBeLessThan(BASELINE_MAX_CHARS);
  });

  it('measures names up to a bound, and of longer ones of tools the beginning', () => {
    const modelOf = (chars: number) =>
      closed(START_MS, {
        request: { ...closed(START_MS).request, model: 'm'.repeat(chars) } as NonNullable<ClosedRecord['request']>,
      });
    expect(seriesOf([modelOf(BASELINE_NAME_MAX_CHARS)], 'model')?.exchanges).toBe(1);
    expect(seriesOf([modelOf(BASELINE_NAME_MAX_CHARS + 1)], 'model')).toBeUndefined();
    const called = [0, 1, 2].map((more) =>
      decided(START_MS, 't'.repeat(BASELINE_NAME_MAX_CHARS + more), { principal: AGENT }),
    );
    const agent = seriesOf(called, 'agent');
    expect(agent?.news['new-tool']?.names).toEqual(['t'.repeat(BASELINE_NAME_MAX_CHARS)]);
    const ended = seriesOf([closed(START_MS, { answer: { finishReasons: ['f'.repeat(9_999)] } })], 'model');
    expect(ended?.mixes.finish?.kinds).toEqual([['f'.repeat(BASELINE_NAME_MAX_CHARS), 1]]);
  });
});
