import type { ReportBins } from '../reports/report-bins.ts';

/** Stretches that a period is cut into at most: a week of hours, the first and the last of which may be parts. */
export const BASELINE_BINS_MAX = 169;

const DAY_MS = 86_400_000;

/** Which hour of the day a stretch begins in, UTC; always the same one where it is a day or longer. */
export function hourOf(bins: ReportBins, at: number): number {
  return bins.stepMs >= DAY_MS ? 0 : new Date(bins.startMs(at)).getUTCHours();
}
