import { logGamma } from './log-gamma.ts';

/** So often in so many. */
export interface Share {
  readonly hits: number;
  readonly count: number;
}

/** Terms beyond which nothing is added that a number could hold. */
const NEGLIGIBLE = 1e-17;

/**
 * How probable two shares as far apart as these are by chance: Fisher's exact test, twice the smaller tail, so that it holds for any
 * sample.
 * @param a whole numbers, 0 <= hits <= count
 * @returns 0..1; 1 where one of them is empty
 * Source: R. A. Fisher, "Statistical Methods for Research Workers" (1934). Cost: O(standard deviation of the hits).
 */
export function fisherExact(a: Share, b: Share): number {
  if (a.count === 0 || b.count === 0) return 1;
  return Math.min(1, 2 * Math.min(tail(a, b), tail(b, a)));
}

/** How probable it is that the first share has so many of all hits, or more. */
export function atLeastByChance(a: Share, b: Share): number {
  return a.count === 0 || b.count === 0 ? 1 : Math.min(1, tail(a, b));
}

function tail(a: Share, b: Share): number {
  const hits = a.hits + b.hits;
  const most = Math.min(a.count, hits);
  let term = Math.exp(logChoose(a.count, a.hits) + logChoose(b.count, b.hits) - logChoose(a.count + b.count, hits));
  // Where this term is on the way to the middle, those behind it are larger.
  let sum = term;
  for (let at = a.hits; at < most; at += 1) {
    term *= ((a.count - at) * (hits - at)) / ((at + 1) * (b.count - hits + at + 1));
    sum += term;
    if (term < NEGLIGIBLE * sum) break;
  }
  return sum;
}

function logChoose(all: number, some: number): number {
  return logGamma(all + 1) - logGamma(some + 1) - logGamma(all - some + 1);
}
