import type { Inspection } from '@sallyport/core';
import type { ViewLimits } from '@sallyport/text';
import type { CalibratedScale } from '../calibration/recalibrate.ts';
import type { Thresholds } from './settle-findings.ts';

/** Wall-clock budgets. A detector runs to its end once begun; those that follow an overrun are `timed-out`. */
export interface InspectorBudgets {
  /** For one call of `inspect`, or of a stream's `push` or `end`, milliseconds, 1..600,000, default 2,000. */
  readonly callMs: number;
}

/** What an inspector works with, defaults filled in. */
export interface InspectorSettings {
  readonly fingerprint: Inspection['fingerprint'];
  readonly budgets: InspectorBudgets;
  readonly thresholds: Thresholds;
  /** Where scores stand at `ACTING_SCORE`. */
  readonly scale: CalibratedScale;
  readonly limits: ViewLimits;
  readonly nowMs: () => number;
}
