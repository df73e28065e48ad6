import type { ReportPeriod } from '../reports/report-bins.ts';
import type { LevelSignal, RateSignal } from '../signals/signal.ts';
import type { SketchBins } from '../sketch/quantile-sketch.ts';
import type { BaselineMix, BaselineNews } from './compared-signals.ts';
import type { BaselineName } from './read-observation.ts';

/** Observations on both sides below which nothing is said of a signal. */
export const BASELINE_SAMPLE_MIN = 200;

interface Summary {
  readonly count: number;
  /** How many observations are worth an independent one, 1... */
  readonly designEffect: number;
}

/** Values, and mean and variance of the natural logarithms of those that are not zero. */
export interface LevelSummary extends Summary {
  readonly bins: SketchBins;
  readonly logMean: number;
  readonly logVariance: number;
}

export interface RateSummary extends Summary {
  readonly hits: number;
}

export interface MixSummary extends Summary {
  /** Most frequent first. */
  readonly kinds: readonly (readonly [kind: string, count: number])[];
}

export interface NewsSummary {
  readonly count: number;
  /** All that came, in order of the alphabet; not all of them where `isFull`. */
  readonly names: readonly string[];
  readonly isFull: boolean;
}

/** What was measured of one model, agent or principal. A signal of which nothing came is absent. */
export interface SeriesBaseline {
  readonly series: BaselineName;
  /** Exchanges that ended, those that were turned away too, and tool calls. */
  readonly exchanges: number;
  readonly calls: number;
  readonly levels: Readonly<Partial<Record<LevelSignal, LevelSummary>>>;
  readonly rates: Readonly<Partial<Record<RateSignal, RateSummary>>>;
  readonly mixes: Readonly<Partial<Record<BaselineMix, MixSummary>>>;
  readonly news: Readonly<Partial<Record<BaselineNews, NewsSummary>>>;
}

/** What was measured of a period. No content, no prompt, no answer. */
export interface Baseline {
  readonly period: ReportPeriod;
  /** Records that counted. */
  readonly records: number;
  /** Exchanges by hour of the day (24) and by day of the week (7, Sunday first), UTC. */
  readonly hours: readonly number[];
  readonly weekdays: readonly number[];
  readonly series: readonly SeriesBaseline[];
  /** Models, agents and principals that there was no room for. */
  readonly leftOut: number;
}
