import { compareMixes } from '../change/compare-mixes.ts';
import type { Baseline, SeriesBaseline } from './baseline.ts';
import { type BaselineSampler, keyOf } from './baseline-sampler.ts';
import { holm } from './chance/holm.ts';
import { comparisonsOf } from './compare-series.ts';
import type { BaselineSignal } from './compared-signals.ts';
import type { Comparison, NewName } from './comparison.ts';
import { courseOf, type MoveCourse } from './move-course.ts';
import type { BaselineName } from './read-observation.ts';
import type { SeriesSample } from './series-sample.ts';
import { type MoveStart, startOf } from './start-of.ts';

/** How often a comparison in which nothing moved says that something did, unless it is chosen. */
export const FALSE_ALARMS_SHARE = 0.01;
/** Series that only one side has which are listed, those that come most. */
const LISTED_MAX = 20;
/** Jensen-Shannon divergence of hours or weekdays, bits, from which two periods are not alike. */
const OTHER_TIMES = 0.1;

export type SignalVerdict = 'moved' | 'not-moved' | 'thin';

/** A signal of a series that moved. */
export interface BaselineMove extends Comparison {
  readonly series: BaselineName;
  /** As `chance`, corrected for how much was compared: below the share of false alarms. */
  readonly corrected: number;
  /** Absent where the course of the period does not tell. */
  readonly start?: MoveStart;
  /** How it went; absent of what is new. */
  readonly course?: MoveCourse;
}

export interface ComparedSeries {
  readonly series: BaselineName;
  readonly exchanges: readonly [before: number, after: number];
  readonly signals: readonly {
    readonly signal: BaselineSignal;
    readonly verdict: SignalVerdict;
    readonly counts: readonly [before: number, after: number];
    readonly corrected: number;
  }[];
  /** What came for the first time, and is no move: too little of it came, or nothing can be said. */
  readonly firstSeen: readonly (NewName & { readonly signal: BaselineSignal })[];
}

export interface BaselineComparison {
  /** `unknown`: nothing has enough observations on both sides. */
  readonly verdict: 'moved' | 'not-moved' | 'unknown';
  readonly falseAlarms: number;
  /** Comparisons that were made: chances are corrected for so many. */
  readonly comparisons: number;
  /** Least probable by chance first. */
  readonly moves: readonly BaselineMove[];
  readonly series: readonly ComparedSeries[];
  /** Series that come now and have no reference, and those that have one and did not come. */
  readonly appeared: readonly ListedSeries[];
  readonly gone: readonly ListedSeries[];
  /** The periods are of other hours of the day or other days of the week: what differs may be just that. */
  readonly otherHours: boolean;
  readonly otherWeekdays: boolean;
}

export interface ListedSeries {
  readonly series: BaselineName;
  readonly exchanges: number;
}

/**
 * Compares a period with a reference: each signal of each series that both have.
 * @param falseAlarms how often all of it says that something moved where nothing did, 0..1, at most
 */
export function compareBaselines(
  reference: Baseline,
  now: BaselineSampler,
  falseAlarms = FALSE_ALARMS_SHARE,
): BaselineComparison {
  const after = now.baseline(0);
  const lengths = lengthOf(reference) / lengthOf(after);
  const compared = reference.series.flatMap((before) => {
    const sample = now.sample(keyOf(before.series));
    if (sample === undefined) return [];
    const summary = sample.summary();
    return [{ before, after: summary, sample, all: comparisonsOf({ before, after: summary, lengths }, sample) }];
  });
  const made = compared.flatMap(({ all }) => all.filter(({ isThin }) => !isThin));
  const corrected = new Map(holm(made.map(({ chance }) => chance)).map((chance, at) => [made[at], chance]));
  const moves: BaselineMove[] = [];
  const series = compared.map(({ before, after: summary, sample, all }) => {
    const firstSeen: (NewName & { readonly signal: BaselineSignal })[] = [];
    const signals = all.map((comparison) => {
      const chance = corrected.get(comparison) ?? 1;
      const { signal, counts, isThin, effect, shown } = comparison;
      const isMove = !isThin && chance < falseAlarms && effect.value >= effect.least;
      if (isMove) moves.push(moveOf(comparison, { before, sample, chance }));
      else if (shown.kind === 'names') firstSeen.push(...shown.names.map((name) => ({ signal, ...name })));
      const verdict: SignalVerdict = isThin ? 'thin' : isMove ? 'moved' : 'not-moved';
      return { signal, verdict, counts, corrected: chance };
    });
    return { series: before.series, exchanges: [before.exchanges, summary.exchanges] as const, signals, firstSeen };
  });
  const had = new Set(reference.series.map(({ series: name }) => keyOf(name)));
  const comes = new Set(after.series.map(({ series: name }) => keyOf(name)));
  return {
    verdict: moves.length > 0 ? 'moved' : made.length > 0 ? 'not-moved' : 'unknown',
    falseAlarms,
    comparisons: made.length,
    moves: moves.sort((a, b) => a.corrected - b.corrected || a.chance - b.chance),
    series,
    appeared: listed(after.series.filter(({ series: name }) => !had.has(keyOf(name)))),
    gone: listed(reference.series.filter(({ series: name }) => !comes.has(keyOf(name)))),
    otherHours: areOther(reference.hours, after.hours),
    otherWeekdays: areOther(reference.weekdays, after.weekdays),
  };
}

interface Moved {
  readonly before: SeriesBaseline;
  readonly sample: SeriesSample;
  readonly chance: number;
}

function moveOf(comparison: Comparison, { before, sample, chance }: Moved): BaselineMove {
  const start = startOf(comparison, before, sample);
  const course = courseOf(comparison, before, sample);
  return {
    ...comparison,
    series: before.series,
    corrected: chance,
    ...(start !== undefined && { start }),
    ...(course !== undefined && { course }),
  };
}

function listed(series: readonly SeriesBaseline[]): readonly ListedSeries[] {
  return series
    .map(({ series: name, exchanges }) => ({ series: name, exchanges }))
    .sort((a, b) => b.exchanges - a.exchanges)
    .slice(0, LISTED_MAX);
}

function lengthOf({ period }: Baseline): number {
  return Date.parse(period.to) - Date.parse(period.from);
}

function areOther(before: readonly number[], after: readonly number[]): boolean {
  const mixOf = (counts: readonly number[]) => counts.map((count, at) => [String(at), count] as const);
  return (compareMixes(mixOf(before), mixOf(after))?.js ?? 0) >= OTHER_TIMES;
}
