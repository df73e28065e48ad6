import { describe, expect, it } from 'vitest';
import { ReportBins } from '../reports/report-bins.ts';
import type { SeriesBaseline } from './baseline.ts';
import type { Comparison, NewName } from './comparison.ts';
import { BASELINE_BINS_MAX, hourOf } from './hour-of.ts';
import { SeriesSample } from './series-sample.ts';
import { startOf } from './start-of.ts';
import { withoutSeason } from './start-scores.ts';

const FROM = '2026-03-01T00:00:00.000Z';
const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(Date.parse(FROM) + hours * HOUR_MS).toISOString();
const WEEK = new ReportBins({ from: FROM, to: at(168) }, BASELINE_BINS_MAX);
const SERIES = { scope: 'agent', name: 'default/agent/bot' } as const;

function fresh(names: readonly NewName[]) {
  const comparison: Comparison = {
    signal: 'new-tool',
    counts: [500, 500],
    isThin: false,
    direction: 'other',
    chance: 0,
    effect: { measure: 'names', value: names.length, least: 1 },
    shown: { kind: 'names', names },
  };
  const before: SeriesBaseline = {
    series: SERIES,
    exchanges: 0,
    calls: 500,
    levels: {},
    rates: {},
    mixes: {},
    news: {},
  };
  return startOf(comparison, before, new SeriesSample(SERIES, WEEK));
}

describe('startOf()', () => {
  it('says of what is new when it came first, and how long before it may have been there', () => {
    const name = { name: 'send', count: 68, firstAt: at(100), exchange: 'x' };
    // Once an hour since: three hours of waiting are improbable.
    expect(fresh([name])).toEqual({ from: at(100), low: at(97), high: at(100), isOpen: false });
    expect(fresh([{ ...name, count: 1 }])).toMatchObject({ from: at(100), low: FROM, isOpen: true });
    expect(fresh([])).toBeUndefined();
  });
});

describe('withoutSeason()', () => {
  const counts = new Array<number>(WEEK.count).fill(10);
  const ofHour = (bucket: number) => hourOf(WEEK, bucket);

  it('takes out what is so at the same hour of every day, and leaves a move', () => {
    const sums = counts.map((count, bucket) => count * ((ofHour(bucket) < 12 ? 1 : 3) + (bucket < 72 ? 0 : 5)));
    const { sums: left } = withoutSeason({ counts, sums }, ofHour);
    const levels = [...new Set(Array.from(left, (sum) => Math.round(sum)))];
    expect(levels).toHaveLength(2);
    expect((levels[1] ?? 0) - (levels[0] ?? 0)).toBe(50);
  });

  it('leaves a course of less than three days as it is', () => {
    const short = { counts: counts.slice(0, 71), sums: counts.slice(0, 71) };
    expect(withoutSeason(short, ofHour)).toEqual(short);
  });

  it('knows no hours of stretches of a day and more', () => {
    const year = new ReportBins({ from: FROM, to: at(365 * 24) }, BASELINE_BINS_MAX);
    expect(new Set(Array.from({ length: year.count }, (_, bucket) => hourOf(year, bucket))).size).toBe(1);
  });
});
