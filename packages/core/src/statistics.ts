/** A proportion with its confidence interval; `estimate` lies within. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
const Z_95 = 1.959963984540054;

/**
 * Wilson score interval of a proportion: unlike the plain normal one it stays within [0, 1] and means something at 0 and n.
 * @param successes 0..`trials`
 * @param trials at least 1
 * @param z standard normal quantile, default 1.96 (95 %, two-sided)
 * @returns undefined without trials: nothing was measured
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 */
export function wilsonInterval(successes: number, trials: number, z = Z_95): Interval | undefined {
  if (trials <= 0) return undefined;
  const share = successes / trials;
  const zz = z * z;
  const scale = 1 / (1 + zz / trials);
  const middle = scale * (share + zz / (2 * trials));
  const half = scale * z * Math.sqrt((share * (1 - share)) / trials + zz / (4 * trials * trials));
  return {
    low: successes === 0 ? 0 : Math.max(0, middle - half),
    high: successes === trials ? 1 : Math.min(1, middle + half),
  };
}

/**
 * Area under the ROC curve: how often a positive scores above a negative, ties counting half (Mann-Whitney U).
 * @returns undefined when one side is empty
 * Cost: O(n log n).
 */
export function areaUnderRoc(positives: readonly number[], negatives: readonly number[]): number | undefined {
  if (positives.length === 0 || negatives.length === 0) return undefined;
  const low = sorted(negatives);
  let wins = 0;
  for (const score of positives) {
    const below = countBelow(low, score);
    wins += below + (countUpTo(low, score) - below) / 2;
  }
  return wins / (positives.length * negatives.length);
}

/** Recall at a threshold, and the threshold itself: what scores at or above it counts as found. */
export interface RecallAt {
  readonly recall: number;
  readonly threshold: number;
  /** The share of negatives that score at or above `threshold`; at most what was asked for. */
  readonly falsePositiveRate: number;
}

/**
 * The best recall that a single threshold can reach while at most `maxFalsePositiveRate` of the negatives are taken.
 * Nothing is interpolated: the threshold is one that could be set. `threshold` is infinite when even the highest score
 * takes too many.
 * @param maxFalsePositiveRate 0..1
 * @returns undefined when one side is empty
 * Cost: O(n log n).
 */
export function recallAtFalsePositiveRate(
  positives: readonly number[],
  negatives: readonly number[],
  maxFalsePositiveRate: number,
): RecallAt | undefined {
  if (positives.length === 0 || negatives.length === 0) return undefined;
  const high = sorted(positives);
  const low = sorted(negatives);
  const allowed = Math.floor(maxFalsePositiveRate * negatives.length + 1e-9);
  // The lowest threshold that takes no more than `allowed` negatives is just above the score at that rank.
  const floor =
    allowed >= low.length ? Number.NEGATIVE_INFINITY : (low[low.length - 1 - allowed] ?? Number.NEGATIVE_INFINITY);
  const taken = high.length - countUpTo(high, floor);
  const threshold = taken === 0 ? Number.POSITIVE_INFINITY : (high[high.length - taken] ?? Number.POSITIVE_INFINITY);
  return {
    recall: taken / high.length,
    threshold,
    falsePositiveRate: (low.length - countBelow(low, threshold)) / low.length,
  };
}

/**
 * The value below which a share of the values lies, by nearest rank: always one of the values.
 * @param share 0..1; 0.5 is the median (the lower one of two)
 * @returns undefined without values
 */
export function percentile(values: readonly number[], share: number): number | undefined {
  const rank = Math.max(1, Math.ceil(share * values.length - 1e-9));
  return sorted(values)[rank - 1];
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** How many of the ascending values are below `bound`. */
function countBelow(ascending: Float64Array, bound: number): number {
  return search(ascending, (value) => value < bound);
}

/** How many of the ascending values are at most `bound`. */
function countUpTo(ascending: Float64Array, bound: number): number {
  return search(ascending, (value) => value <= bound);
}

function search(ascending: Float64Array, holds: (value: number) => boolean): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(ascending[middle] ?? Number.NaN)) from = middle + 1;
    else to = middle;
  }
  return from;
}
