import { wilsonInterval } from '@sallyport/core';
import type { Change, ChangeDetector } from './change.ts';
import { BothSides } from './excess.ts';

export interface RateOptions {
  /** Observations before anything is said, 1.., default 200. */
  readonly warmUp?: number;
  /** Odds that a change is looked for at, against the usual ones, default 2. */
  readonly oddsRatio?: number;
  /** A share that moves less than this is of no interest, 0..1, default 0.02. */
  readonly leastMove?: number;
  /** Observations between two false alarms on one side, in the mean, at least, where the usual share lies within its interval; default 20,000. */
  readonly falseAlarmEvery?: number;
}

const DEFAULTS: Required<RateOptions> = { warmUp: 200, oddsRatio: 2, leastMove: 0.02, falseAlarmEvery: 20_000 };
/** Shares at the ends of the scale are no shares that a ratio of likelihoods could be made of. */
const MARGIN = 1e-4;

/**
 * Says when the share of observations in which something happens rises or falls: a two-sided Bernoulli CUSUM. The usual share is not
 * known but estimated from what came; each side takes the end of its 95 % Wilson interval that speaks against an alarm, so that few
 * observations make it slow, not rash.
 * Source: M. R. Reynolds, Z. G. Stoumbos, "A CUSUM chart for monitoring a proportion", J. Quality Technology 31 (1999); that a threshold
 * of ln(n) gives n observations between false alarms at least: G. Lorden, Ann. Math. Statist. 42 (1971).
 * False alarms, delays and cost: `benchmarks/drift`. No memory beyond a few numbers.
 */
export class RateChange implements ChangeDetector<boolean> {
  readonly #options: Required<RateOptions>;
  readonly #threshold: number;
  #count = 0;
  #hits = 0;
  /** Log-likelihood ratios of a share that moved to the usual one. */
  #sides = new BothSides();

  constructor(options?: RateOptions) {
    // Thousands of them share what is usual.
    this.#options = options === undefined ? DEFAULTS : { ...DEFAULTS, ...options };
    this.#threshold = Math.log(this.#options.falseAlarmEvery);
  }

  get isLearning(): boolean {
    return this.#count < this.#options.warmUp;
  }

  /** The usual share, 0..1; undefined before anything came. */
  get usual(): number | undefined {
    return this.#count === 0 ? undefined : this.#hits / this.#count;
  }

  observe(hit: boolean, atMs = 0): Change | undefined {
    const change = this.isLearning ? undefined : this.#judge(hit, atMs);
    if (change !== undefined) return change;
    this.#count += 1;
    this.#hits += Number(hit);
    return undefined;
  }

  #judge(hit: boolean, atMs: number): Change | undefined {
    const { oddsRatio, leastMove } = this.#options;
    const { low, high } = wilsonInterval(this.#hits, this.#count) ?? { low: 0, high: 1 };
    const top = bounded(high);
    const risen = Math.max(withOdds(top, oddsRatio), bounded(top + leastMove));
    this.#sides.up.add(ratioOf(hit, top, risen), Number(hit), atMs);
    // A share that is next to nothing has nowhere to fall to.
    if (low > leastMove) {
      const bottom = bounded(low);
      const fallen = Math.min(withOdds(bottom, 1 / oddsRatio), bounded(bottom - leastMove));
      this.#sides.down.add(ratioOf(hit, bottom, fallen), Number(hit), atMs);
    }
    const moved = this.#sides.reaching(this.#threshold);
    if (moved === undefined) return undefined;
    const { side, direction } = moved;
    const change: Change = {
      direction,
      // Without what came since it began to move.
      before: (this.#hits - side.total + Number(hit)) / (this.#count - side.since + 1),
      after: side.total / side.since,
      since: side.since,
      fromMs: side.fromMs,
      strength: side.sum / this.#threshold,
    };
    this.#count = 0;
    this.#hits = 0;
    this.#sides = new BothSides();
    return change;
  }
}

function bounded(share: number): number {
  return Math.min(1 - MARGIN, Math.max(MARGIN, share));
}

function withOdds(share: number, ratio: number): number {
  const odds = (share / (1 - share)) * ratio;
  return bounded(odds / (1 + odds));
}

function ratioOf(hit: boolean, usual: number, moved: number): number {
  return hit ? Math.log(moved / usual) : Math.log((1 - moved) / (1 - usual));
}
