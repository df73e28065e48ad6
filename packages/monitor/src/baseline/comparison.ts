import type { BaselineSignal } from './compared-signals.ts';

/** How far it moved. */
export interface MoveEffect {
  /**
   * `distance`: of Kolmogorov and Smirnov. `wasserstein`: standard deviations of the values before. `shares`: Cohen's h. `psi`: population stability index.
   * `names`: how many are new.
   */
  readonly measure: 'distance' | 'wasserstein' | 'shares' | 'psi' | 'names';
  readonly value: number;
  /** From which on it counts as moved, if it is not by chance. */
  readonly least: number;
}

export interface NewName {
  readonly name: string;
  /** Exchanges in which it came. */
  readonly count: number;
  /** RFC 3339, UTC. */
  readonly firstAt: string;
  readonly exchange: string;
}

/** What is shown of both sides. */
export type Shown =
  | {
      readonly kind: 'level';
      /** Share of values at or below, and the value on each side. */
      readonly quantiles: readonly { readonly share: number; readonly before: number; readonly after: number }[];
    }
  | { readonly kind: 'share'; readonly before: number; readonly after: number }
  | {
      readonly kind: 'mix';
      /** Jensen-Shannon divergence, bits, 0..1. */
      readonly js: number;
      /** Kinds that moved most, most first, those that are not told apart last; of transitions pairs, `a > b`, with the share of those that follow `a`. */
      readonly moved: readonly { readonly kind: string; readonly before: number; readonly after: number }[];
    }
  | { readonly kind: 'names'; readonly names: readonly NewName[] };

/** One signal of one series on both sides. */
export interface Comparison {
  readonly signal: BaselineSignal;
  /** Observations before and after; of what is new exchanges in which it could have come. */
  readonly counts: readonly [before: number, after: number];
  /** One of them is too few: nothing is said. */
  readonly isThin: boolean;
  readonly direction: 'up' | 'down' | 'other';
  /** How probable so much is where nothing moved, before it is corrected for how much is compared, 0..1. */
  readonly chance: number;
  readonly effect: MoveEffect;
  readonly shown: Shown;
}
