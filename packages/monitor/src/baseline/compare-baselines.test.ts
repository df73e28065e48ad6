import type { AuditRecord, ClosedRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random-from.ts';
import { closed, decided, opened, reached, START_MS } from '../testing/traffic.ts';
import { BASELINE_SAMPLE_MIN, type Baseline } from './baseline.ts';
import { keyOf } from './baseline-sampler.ts';
import { compareBaselines } from './compare-baselines.ts';
import { ExchangePicker, PICKED_MAX } from './exchange-picker.ts';
import { measurePeriod } from './measure-period.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const AGENT = { kind: 'agent', id: 'bot', tenant: 'default', groups: [] } as const;

type Draw = () => number;
type MakeRecord = (atMs: number, draw: Draw, at: number) => AuditRecord | readonly AuditRecord[];

/** A week of records, evenly in time. */
function weekOf(week: number, count: number, make: MakeRecord): readonly AuditRecord[] {
  const draw = randomFrom(week + 1);
  const fromMs = START_MS + week * WEEK_MS;
  return Array.from({ length: count }, (_, at) => make(Math.round(fromMs + (at * WEEK_MS) / count), draw, at)).flat();
}

function samplerOf(week: number, records: readonly AuditRecord[], reference?: Baseline) {
  const [from, to] = [week, week + 1].map((at) => new Date(START_MS + at * WEEK_MS).toISOString()) as [string, string];
  return measurePeriod(() => records, { period: { from, to }, ...(reference && { reference }) }).sampler;
}

function compare(before: MakeRecord, after: MakeRecord, counts: readonly [number, number] = [2_000, 2_000]) {
  const reference = samplerOf(0, weekOf(0, counts[0], before)).baseline(0);
  const records = weekOf(1, counts[1], after);
  const now = samplerOf(1, records, reference);
  const comparison = compareBaselines(reference, now);
  const picker = new ExchangePicker(comparison.moves, (key) => {
    const one = reference.series.find(({ series }) => keyOf(series) === key);
    const other = now.sample(key)?.summary();
    return one && other && { before: one, after: other };
  });
  for (const record of records) picker.take(record);
  const moved = comparison.moves.map(({ series, signal }) => `${series.scope} ${signal}`);
  return { ...comparison, moved, picker };
}

const usually = (atMs: number, draw: Draw, more: Partial<ClosedRecord> = {}) =>
  closed(atMs, {
    ms: { total: Math.round(400 * Math.exp(0.5 * (draw() + draw() + draw() - 1.5) * 2)), beforeUpstream: 0, held: 0 },
    ...more,
  });
const usual: MakeRecord = (atMs, draw) => usually(atMs, draw);
const took = (total: number) => ({ ms: { total, beforeUpstream: 0, held: 0 } });
/** An exchange of an agent in which it calls a tool. */
const calling = (atMs: number, tool: string, session = 's0') => [
  decided(atMs, tool, { principal: AGENT, session: { id: session, by: 'trace' } }),
  closed(atMs, { principal: AGENT }),
];
/** Half of the week is over. */
const isLate = (atMs: number) => atMs >= START_MS + 1.5 * WEEK_MS;

describe('compareBaselines()', () => {
  it('says that nothing moved where nothing did', () => {
    const { verdict, moves, comparisons, series, otherHours } = compare(usual, usual);
    expect([verdict, moves, otherHours]).toEqual(['not-moved', [], false]);
    expect(comparisons).toBeGreaterThan(8);
    expect(series.map(({ series: { scope } }) => scope)).toEqual(['model', 'principal']);
  });

  it('says what level moved, since when, how sure it is and which exchanges to look at', () => {
    const { moves, moved, picker } = compare(usual, (atMs, draw) => {
      const record = usually(atMs, draw);
      return isLate(atMs) ? { ...record, ...took(record.ms.total * 2) } : record;
    });
    expect(moved).toEqual(['model latency', 'model tokens-per-second']);
    const [move] = moves;
    expect(move).toMatchObject({ direction: 'up', counts: [2_000, 2_000], effect: { measure: 'wasserstein' } });
    expect(move?.corrected).toBeLessThan(0.001);
    const middle = START_MS + 1.5 * WEEK_MS;
    expect(Math.abs(Date.parse(move?.start?.from ?? '') - middle)).toBeLessThanOrEqual(2 * HOUR_MS);
    expect(Date.parse(move?.start?.low ?? '')).toBeLessThanOrEqual(middle);
    expect(Date.parse(move?.start?.high ?? '')).toBeGreaterThanOrEqual(middle);
    expect(move?.start?.isOpen).toBe(false);
    expect(move?.course?.values).toHaveLength(84);
    expect(move?.course?.usual).toBeCloseTo(400, -2);
    const picked = move === undefined ? [] : picker.exchangesOf(move);
    expect(picked).toHaveLength(PICKED_MAX);
    const values = picked.map(({ value }) => value ?? 0);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
    for (const { at } of picked) expect(isLate(Date.parse(at))).toBe(true);
  });

  it('names exchanges in which a level is what it became, and none that were zero before as well', () => {
    const costs = (usual: number) => (atMs: number, draw: Draw, at: number) => {
      const settled = at % 2 === 0 ? 0 : (isLate(atMs) ? usual : 1) * (0.9 + 0.2 * draw());
      return usually(atMs, draw, { cost: { unit: 'usd', settled } as unknown as NonNullable<ClosedRecord['cost']> });
    };
    const { moves, picker } = compare(costs(1), costs(0.3));
    const cost = moves.find(({ signal }) => signal === 'cost');
    expect(cost?.direction).toBe('down');
    expect(Math.abs(Date.parse(cost?.start?.from ?? '') - (START_MS + 1.5 * WEEK_MS))).toBeLessThanOrEqual(2 * HOUR_MS);
    const values = cost === undefined ? [] : picker.exchangesOf(cost).map(({ value }) => value ?? 0);
    expect(values).toHaveLength(PICKED_MAX);
    for (const value of values) expect(value > 0 && value < 0.4).toBe(true);
  });

  it('says what share moved, and names exchanges in which it happened', () => {
    const refused = (share: number) => (atMs: number, draw: Draw) =>
      usually(atMs, draw, draw() < share ? { answer: { finishReasons: ['refusal'] } } : {});
    const { moves, moved, picker } = compare(refused(0.02), refused(0.1));
    expect(moved).toEqual(expect.arrayContaining(['model refusal', 'principal refusal', 'model finish']));
    const move = moves.find(({ signal }) => signal === 'refusal');
    expect(move?.shown).toMatchObject({
      kind: 'share',
      before: expect.closeTo(0.02, 1),
      after: expect.closeTo(0.1, 1),
    });
    expect(move?.start).toMatchObject({ isOpen: true });
    expect(move === undefined ? [] : picker.exchangesOf(move)).toHaveLength(PICKED_MAX);
    const finish = moves.find(({ signal }) => signal === 'finish');
    expect(finish && picker.exchangesOf(finish)[0]).toMatchObject({ kind: 'refusal' });
  });

  it('says which tools an agent calls otherwise, in which order, and which are new', () => {
    const tools = ['list', 'read', 'read', 'write'];
    const others = ['list', 'write', 'read', 'send'];
    const call = (list: readonly string[]) => (atMs: number, _draw: Draw, at: number) =>
      calling(atMs, list[at % 4] ?? '', `s${Math.floor(at / 8)}`);
    const { moves, moved, picker } = compare(call(tools), (atMs, draw, at) =>
      call(isLate(atMs) ? others : tools)(atMs, draw, at),
    );
    expect(moved.sort()).toEqual(['agent new-tool', 'agent tools', 'agent transitions']);
    const fresh = moves.find(({ signal }) => signal === 'new-tool');
    expect(fresh?.shown).toMatchObject({ names: [{ name: 'send', count: 250 }] });
    expect(fresh && picker.exchangesOf(fresh)).toMatchObject([{ kind: 'send' }]);
    const transitions = moves.find(({ signal }) => signal === 'transitions');
    expect(transitions?.shown).toMatchObject({
      moved: expect.arrayContaining([expect.objectContaining({ kind: 'list > write' })]),
    });
    expect(transitions && picker.exchangesOf(transitions)[0]).toMatchObject({ kind: expect.stringContaining(' > ') });
    expect(Math.abs(Date.parse(transitions?.start?.from ?? '') - (START_MS + 1.5 * WEEK_MS))).toBeLessThan(3 * HOUR_MS);
  });

  it('finds another order of tools where each is called as often', () => {
    const call = (list: readonly string[]) => (atMs: number, _draw: Draw, at: number) =>
      calling(atMs, list[at % 4] ?? '', `s${Math.floor(at / 8)}`);
    const { moved } = compare(call(['a', 'b', 'c', 'd']), call(['a', 'c', 'b', 'd']));
    expect(moved).toEqual(['agent transitions']);
  });

  it('says that a tool is new, and a place, of an agent that never called or reached any', () => {
    const idle: MakeRecord = (atMs) => closed(atMs, { principal: AGENT });
    const wires = compare(idle, (atMs) => calling(atMs, 'wire_money'));
    expect(wires.moved).toEqual(['agent new-tool']);
    expect(wires.moves[0]).toMatchObject({ counts: [2_000, 2_000], shown: { names: [{ count: 2_000 }] } });
    const reaches: MakeRecord = (atMs, _draw, at) => [
      ...(at % 100 === 0 ? [opened(atMs, { principal: AGENT, decisions: [reached('payroll')] })] : []),
      closed(atMs, { principal: AGENT }),
    ];
    expect(compare(idle, reaches).moved).toEqual(['agent new-destination']);
    expect(
      compare(idle, (atMs, _draw, at) => (at < 2 ? calling(atMs, 'wire_money') : idle(atMs, _draw, at))).moved,
    ).toEqual([]);
  });

  it('takes many calls of one exchange for one chance', () => {
    const idle: MakeRecord = (atMs) => closed(atMs, { principal: AGENT });
    const { moved, series } = compare(idle, (atMs, draw, at) =>
      at === 0
        ? [...Array.from({ length: 300 }, () => calling(atMs, 'send')[0] as AuditRecord), idle(atMs, draw, at)].flat()
        : idle(atMs, draw, at),
    );
    expect(moved).toEqual([]);
    expect(series.find(({ series: { scope } }) => scope === 'agent')?.firstSeen).toMatchObject([
      { name: 'send', count: 1 },
    ]);
  });

  it('lists what is new and came too seldom to be sure of, without calling it a move', () => {
    const call = (tool: string) => (atMs: number) => calling(atMs, tool);
    const { moved, series } = compare(call('read'), (atMs, _draw, at) => call(at === 900 ? 'send' : 'read')(atMs));
    expect(moved).toEqual([]);
    expect(series[0]?.firstSeen).toMatchObject([{ signal: 'new-tool', name: 'send', count: 1 }]);
  });

  it('never says that something moved below the minimum sample', () => {
    const slow: MakeRecord = (atMs) => closed(atMs, took(9_000));
    const below = compare(usual, slow, [2_000, BASELINE_SAMPLE_MIN - 1]);
    expect([below.verdict, below.comparisons]).toEqual(['unknown', 0]);
    expect(below.series[0]?.signals.every(({ verdict }) => verdict === 'thin')).toBe(true);
    expect(compare(usual, slow, [BASELINE_SAMPLE_MIN - 1, 2_000]).verdict).toBe('unknown');
    expect(compare(usual, slow, [BASELINE_SAMPLE_MIN, BASELINE_SAMPLE_MIN]).verdict).toBe('moved');
  });

  it('lets pass what is too small to matter, however sure it is', () => {
    const level =
      (factor: number): MakeRecord =>
      (atMs, draw) => {
        const record = usually(atMs, draw);
        return { ...record, ...took(Math.round(record.ms.total * factor * 100)) };
      };
    const { moves, series } = compare(level(1), level(1.03), [20_000, 20_000]);
    const latency = series[0]?.signals.find(({ signal }) => signal === 'latency');
    expect(latency).toMatchObject({ verdict: 'not-moved' });
    expect(latency?.corrected).toBeLessThan(0.01);
    expect(moves).toEqual([]);
  });

  it('holds what came in clusters for less than it seems to be', () => {
    // A day of the week is slow or quick as a whole, another one each week.
    const days = [
      [1, 1.6, 1, 1, 1.8, 1, 1.2],
      [1.5, 1, 1.9, 1.2, 1, 1.6, 1.1],
    ];
    const byDay =
      (week: number): MakeRecord =>
      (atMs, draw) => {
        const record = usually(atMs, draw);
        const day = Math.floor((atMs - START_MS - week * WEEK_MS) / (24 * HOUR_MS));
        return { ...record, ...took(Math.round(record.ms.total * (days[week]?.[day] ?? 1))) };
      };
    expect(compare(byDay(0), byDay(1)).moved).not.toContain('model latency');
  });

  it('names series that only one side has, and periods that are of other hours', () => {
    const other: MakeRecord = (atMs, draw) => usually(atMs, draw, { principal: { ...AGENT, kind: 'user' } });
    const { appeared, gone } = compare(usual, other);
    expect([appeared, gone].map((list) => list.map(({ series }) => series.name))).toEqual([
      ['default/user/bot'],
      ['default/user/ann'],
    ]);
    const nightly: MakeRecord = (atMs, draw) => usually(atMs - (atMs % (24 * HOUR_MS)) + HOUR_MS, draw);
    expect(compare(usual, nightly)).toMatchObject({ otherHours: true, otherWeekdays: false });
  });
});
