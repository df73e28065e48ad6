import type { SeriesBaseline } from './baseline.ts';
import { isLevel, isMix, isRate } from './compared-signals.ts';
import type { Comparison } from './comparison.ts';
import { findStart, type Start } from './find-start.ts';
import type { SeriesSample } from './series-sample.ts';
import { kindScore, levelScore, type StretchScore, transitionScore } from './start-scores.ts';
import type { TimeBuckets } from './time-buckets.ts';

/** A level that never moved has this variance of logarithms: otherwise the first other value were infinitely far away. */
const LEAST_VARIANCE = 0.02 ** 2;

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
  const { buckets } = sample;
  if (comparison.shown.kind === 'names') {
    const times = comparison.shown.names.map(({ firstAt }) => firstAt).sort();
    const [from] = times;
    return from === undefined ? undefined : { from, low: from, high: from, isOpen: false };
  }
  const score = scoreOf(comparison, before, sample);
  const start = score && findStart(buckets.count, score);
  return start && timesOf(start, buckets);
}

function timesOf({ from, low, high, until }: Start, { fromMs, widthMs }: TimeBuckets): MoveStart {
  const at = (bucket: number) => new Date(fromMs + bucket * widthMs).toISOString();
  return {
    from: at(from),
    low: at(low),
    high: at(high + 1),
    isOpen: low === 0,
    ...(until !== undefined && { until: at(until) }),
  };
}

function scoreOf({ signal }: Comparison, before: SeriesBaseline, sample: SeriesSample): StretchScore | undefined {
  if (isLevel(signal)) {
    const known = before.levels[signal];
    const level = sample.levels.get(signal);
    if (known === undefined || level === undefined) return undefined;
    const { count, logMean: mean, logVariance, designEffect } = known;
    return levelScore(level.course, { count, mean, variance: Math.max(LEAST_VARIANCE, logVariance), designEffect });
  }
  if (isRate(signal)) {
    const known = before.rates[signal];
    const course = sample.rates.get(signal);
    if (known === undefined || course === undefined) return undefined;
    const { count, hits, designEffect } = known;
    const rows = new Map([
      ['hit', course.sums],
      ['miss', course.counts.map((all, at) => all - (course.sums[at] ?? 0))],
    ]);
    const kinds = new Map([
      ['hit', hits],
      ['miss', count - hits],
    ]);
    return kindScore(rows, { kinds, designEffect });
  }
  const known = isMix(signal) ? before.mixes[signal] : undefined;
  const kinds = isMix(signal) ? sample.mixes.get(signal) : undefined;
  if (known === undefined || kinds === undefined) return undefined;
  const scored = { kinds: new Map(known.kinds), designEffect: known.designEffect };
  return signal === 'transitions' ? transitionScore(kinds.rows(), scored) : kindScore(kinds.rows(), scored);
}
