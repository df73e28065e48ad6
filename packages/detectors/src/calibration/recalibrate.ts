import type { Category, Channel, LanguageGroup } from '@sallyport/core';

/** The score at which the starter policies act: 500 of 1000. */
export const ACTING_SCORE = 0.5;
/** Policies read thousandths, rounded: what stays below must not be rounded up to it. */
const BELOW_ACTING = ACTING_SCORE - 0.001;

/** For whom a threshold holds. */
export interface CalibratedCell {
  readonly channel: Channel;
  readonly language: LanguageGroup;
  readonly category: Category;
}

/** Where the detectors' own score is to count as `ACTING_SCORE`. */
export interface CalibratedThreshold extends CalibratedCell {
  /** 0..1, exclusive. */
  readonly threshold: number;
}

/**
 * Puts a score on the scale on which a threshold stands at `ACTING_SCORE`: straight lines from 0 to it and from it to 1. What
 * is ordered stays ordered.
 * @param score 0..1
 * @param threshold 0..1, exclusive
 */
export function recalibrate(score: number, threshold: number): number {
  if (score < threshold) return Math.min(BELOW_ACTING, (ACTING_SCORE * score) / threshold);
  return ACTING_SCORE + ((1 - ACTING_SCORE) * (score - threshold)) / (1 - threshold);
}

/** Thresholds by cell; those that have none keep the score. */
export type CalibratedScale = ReadonlyMap<string, number>;

export function scaleOf(thresholds: readonly CalibratedThreshold[]): CalibratedScale {
  return new Map(thresholds.map((cell) => [cellName(cell), cell.threshold]));
}

export function cellName({ channel, language, category }: CalibratedCell): string {
  return `${channel} ${language} ${category}`;
}
