/** Of what is known of the beginning, the share that lies within the bounds that are stated. */
const SURE = 0.95;
/** A course that speaks for no time by more than this, in natural logarithms of likelihoods, tells no beginning. */
const LEAST_SCORE = 5;
/** So much more must speak for its being over, beside what the choice of an end costs. */
const OVER_SCORE = 4;

/** When it began to move, in buckets. */
export interface Start {
  /** The first bucket in which it had moved, most probably. */
  readonly from: number;
  /** It began in one of the buckets `low` to `high`, with 95 %. */
  readonly low: number;
  readonly high: number;
  /** The first bucket in which it had gone back; absent where it had not. */
  readonly until?: number;
}

/**
 * Finds the stretch of a period that differs most from the rest of it and from the reference.
 * @param buckets parts of the period
 * @param scoreOf how much likelier what was seen is if the parts from `from` to `to` (exclusive) are another thing than all the rest; natural logarithm
 * @returns undefined where no stretch stands out
 * Source: D. V. Hinkley, "Inference about the change-point in a sequence of random variables", Biometrika 57 (1970). Cost: O(buckets^2) scores.
 */
export function findStart(buckets: number, scoreOf: (from: number, to: number) => number): Start | undefined {
  const open = bestUpTo(buckets, scoreOf);
  let best = { from: open, to: buckets, score: scoreOf(open, buckets) };
  const asOpen = best.score + Math.log(buckets) + OVER_SCORE;
  for (let to = 1; to < buckets; to += 1) {
    const from = bestUpTo(to, scoreOf);
    const score = scoreOf(from, to);
    if (score > Math.max(asOpen, best.score)) best = { from, to, score };
  }
  if (best.score < LEAST_SCORE) return undefined;
  const { from, to } = best;
  const weights = Array.from({ length: to }, (_, at) => Math.exp(scoreOf(at, to) - best.score));
  return { from, ...boundsOf(weights, from), ...(to < buckets && { until: to }) };
}

function bestUpTo(to: number, scoreOf: (from: number, to: number) => number): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let from = 0; from < to; from += 1) {
    const score = scoreOf(from, to);
    if (score > most) [best, most] = [from, score];
  }
  return best;
}

/** The fewest neighbours of the best one that together have nearly all of the weight. */
function boundsOf(weights: readonly number[], best: number): { readonly low: number; readonly high: number } {
  const wanted = SURE * weights.reduce((sum, weight) => sum + weight, 0);
  let [low, high] = [best, best];
  let have = weights[best] ?? 0;
  while (have < wanted) {
    const [before, after] = [weights[low - 1] ?? -1, weights[high + 1] ?? -1];
    if (before < 0 && after < 0) break;
    if (before >= after) low -= 1;
    else high += 1;
    have += Math.max(before, after);
  }
  return { low, high };
}
