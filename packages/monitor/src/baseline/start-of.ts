import type { ReportBins } from '../reports/report-bins.ts';
import type { SeriesBaseline } from './baseline.ts';
import { isLevel, isMix, isRate } from './compared-signals.ts';
import type { Comparison, NewName } from './comparison.ts';
import { findStart, type Start } from './find-start.ts';
import { hourOf } from './hour-of.ts';
import type { SeriesSample } from './series-sample.ts';
import {
  kindScore,
  levelScore,
  type StretchScore,
  shareScore,
  transitionScore,
  withoutSeason,
} from './start-scores.ts';

/** A level that never moved has this variance of logarithms: otherwise the first other value were infinitely far away. */
const LEAST_VARIANCE = 0.02 ** 2;

/** So many times the mean wait are waited for the first of what comes at random in 5 % of cases. */
const WAITED = 3;

/** Since when something moved; RFC 3339, UTC. */
export interface MoveStart {
  /** Most probably; the beginning of the period where it had moved before. */
  readonly from: string;
  /** It began between these two, with 95 %. */
  readonly low: string;
  readonly high: string;
  /** It may have moved before the period. */
  readonly isOpen: boolean;
  /** When it had gone back; absent where it had not. */
  readonly until?: string;
}

/** When a signal that moved began to, as far as the course of the period tells. */
export function startOf(comparison: Comparison, before: SeriesBaseline, sample: SeriesSample): MoveStart | undefined {
  const { bins } = sample;
  if (comparison.shown.kind === 'names') {
    return startOfNames(comparison.shown.names, bins);
  }
  const score = scoreOf(comparison, before, sample);
  const start = score && findStart(bins.count, score);
  return start && timesOf(start, bins);
}

/** A name may have been there, and not have come, before it came first: less probably so the more often it came since. */
function startOfNames(names: readonly NewName[], { fromMs, toMs }: ReportBins): MoveStart | undefined {
  const firstMs = names.reduce((least, { firstAt }) => Math.min(least, Date.parse(firstAt)), Number.POSITIVE_INFINITY);
  if (names.length === 0) return undefined;
  const everyMs = Math.min(...names.map((name) => (toMs - Date.parse(name.firstAt)) / Math.max(1, name.count)));
  const lowMs = Math.max(fromMs, firstMs - WAITED * everyMs);
  const [from, low] = [firstMs, lowMs].map((ms) => new Date(ms).toISOString()) as [string, string];
  return { from, low, high: from, isOpen: lowMs <= fromMs };
}

function timesOf({ from, low, high, until }: Start, bins: ReportBins): MoveStart {
  const at = (bucket: number) =>
    new Date(Math.min(bins.toMs, Math.max(bins.fromMs, bins.startMs(bucket)))).toISOString();
  return {
    from: at(from),
    low: at(low),
    high: at(high + 1),
    isOpen: low === 0,
    ...(until !== undefined && { until: at(until) }),
  };
}

function scoreOf({ signal }: Comparison, before: SeriesBaseline, sample: SeriesSample): StretchScore | undefined {
  const { bins } = sample;
  if (isLevel(signal)) {
    const known = before.levels[signal];
    const level = sample.levels.get(signal);
    if (known === undefined || level === undefined) return undefined;
    const { logMean: mean, logVariance, designEffect } = known;
    const [zeros, count] = [known.bins.zeros, known.count - known.bins.zeros];
    const course = withoutSeason(level.course, (bucket) => hourOf(bins, bucket));
    const variance = Math.max(LEAST_VARIANCE, logVariance);
    const ofLevel = levelScore(course, { count, mean, variance, designEffect });
    const ofZeros = shareScore(level.zeros, { hits: zeros, count: known.count, designEffect });
    return (from, to) => ofLevel(from, to) + ofZeros(from, to);
  }
  if (isRate(signal)) {
    const known = before.rates[signal];
    const course = sample.rates.get(signal);
    if (known === undefined || course === undefined) return undefined;
    return shareScore(course, known);
  }
  const known = isMix(signal) ? before.mixes[signal] : undefined;
  const kinds = isMix(signal) ? sample.mixes.get(signal) : undefined;
  if (known === undefined || kinds === undefined) return undefined;
  const scored = { kinds: new Map(known.kinds), designEffect: known.designEffect };
  return signal === 'transitions' ? transitionScore(kinds.rows(), scored) : kindScore(kinds.rows(), scored);
}
