import type { PolicyId } from './decision.ts';

/** What another set would do to a decision, compared with what was done. The strongest word that fits. */
export const DECISION_CHANGES = [
  'blocked',
  'asked',
  'redacted',
  'flagged',
  'redacted-otherwise',
  'let-through',
] as const;
/**
 * `blocked` to `flagged`: the effect becomes that and was weaker. `let-through`: it becomes weaker. `redacted-otherwise`: both
 * redact, and not the same findings.
 */
export type DecisionChange = (typeof DECISION_CHANGES)[number];

/** What a backtest came to: counts, and nothing of any exchange. */
export interface BacktestSummary {
  /** Records that were read, and of how many: all when the two are equal, else a sample. */
  readonly records: number;
  readonly of: number;
  /** Decisions that were judged again. */
  readonly decisions: number;
  /** Decisions that could not be, because their record does not hold all of the question. */
  readonly notReplayed: number;
  /** RFC 3339, UTC: the first and the last record that was read; absent when there was none. */
  readonly from?: string;
  readonly to?: string;
  readonly changes: Readonly<Record<DecisionChange, number>>;
}

/** What its author said of a set of policies before it came into force. */
export interface PolicyChange {
  /** Hash of the set that is meant. */
  readonly policySet: string;
  /** Policies that act from now on and only reported before. */
  readonly promoted: readonly PolicyId[];
  readonly backtest: BacktestSummary;
  /** Who, and why, in their own words. */
  readonly by: string;
  readonly reason: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}
