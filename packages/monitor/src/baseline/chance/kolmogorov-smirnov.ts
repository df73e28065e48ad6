import { binEnd, type QuantileSketch, type SketchBins } from '../../sketch/quantile-sketch.ts';

/** Terms of the series: beyond, none counts. */
const TERMS_MAX = 100;
/** Values on either side below which the distribution for many values says nothing. */
const VALUES_MIN = 4;

/** One step of both distributions, from bin to bin. */
export interface Step {
  /** Of the bin; those that count as zero are in the first. */
  readonly index: number;
  /** Shares of values up to the bin's end, 0..1. */
  readonly before: number;
  readonly after: number;
}

/** Both distributions side by side. Where the lowest bin of one was folded, what is below its end is not told apart. */
export function stepsOf(before: QuantileSketch, after: QuantileSketch): readonly Step[] {
  const [a, b] = [before.bins(), after.bins()];
  const floor = Math.max(floorOf(a), floorOf(b));
  const counts = new Map<number, [number, number]>();
  for (const [side, { zeros, bins }] of [a, b].entries()) {
    for (const [index, count] of [[Number.NEGATIVE_INFINITY, zeros] as const, ...bins]) {
      const at = Math.max(floor, index);
      const both = counts.get(at) ?? [0, 0];
      both[side as 0 | 1] += count;
      counts.set(at, both);
    }
  }
  let [below, belowToo] = [0, 0];
  return [...counts]
    .sort(([one], [other]) => one - other)
    .map(([index, [first, second]]) => {
      below += first;
      belowToo += second;
      return { index, before: below / before.count, after: belowToo / after.count };
    });
}

function floorOf({ bins: [lowest], isFolded }: SketchBins): number {
  return isFolded && lowest !== undefined ? lowest[0] : Number.NEGATIVE_INFINITY;
}

/** The largest distance of two distributions, 0..1. Looked at where bins end: between two ends it may be larger, never smaller. */
export function largestDistance(steps: readonly Step[]): number {
  return steps.reduce((most, { before, after }) => Math.max(most, Math.abs(after - before)), 0);
}

/**
 * How probable so large a distance is where nothing moved: the two-sample test of Kolmogorov and Smirnov, by its distribution for many values.
 * With a distance that was looked at only where bins end it is never too small.
 * @param samples values on both sides that are worth a value of their own: what comes in clusters is worth less
 * @returns 0..1; 1 where one side is worth less than four values
 * Source: W. Press et al., "Numerical Recipes" (2007), 14.3.3, after M. A. Stephens, J. Roy. Statist. Soc. B 32 (1970).
 */
export function distanceByChance(distance: number, samples: readonly [before: number, after: number]): number {
  const [n, m] = samples;
  if (Math.min(n, m) < VALUES_MIN) return 1;
  const root = Math.sqrt((n * m) / (n + m));
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  // Below, the series does not settle, and the answer is 1 to six digits.
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let term = 1; term <= TERMS_MAX; term += 1) {
    const part = Math.exp(-2 * (term * lambda) ** 2);
    sum += term % 2 === 1 ? part : -part;
    if (part < 1e-16 * Math.abs(sum)) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/** How far values moved in the mean (Wasserstein's distance), in standard deviations of those before. Of bins their ends count. */
export function normedWasserstein(steps: readonly Step[]): number {
  let [distance, mean, squares] = [0, 0, 0];
  let [last, share] = [0, 0];
  let gap = 0;
  for (const { index, before, after } of steps) {
    const value = binEnd(index);
    distance += gap * (value - last);
    gap = Math.abs(after - before);
    mean += (before - share) * value;
    squares += (before - share) * value * value;
    [last, share] = [value, before];
  }
  const deviation = Math.sqrt(Math.max(0, squares - mean * mean));
  return distance === 0 ? 0 : distance / Math.max(deviation, LEAST_DEVIATION * mean);
}

/** Of values that are always the same, so much of their mean: otherwise any other were infinitely far away. */
const LEAST_DEVIATION = 0.02;
