import type { LevelSignal } from '../signals/signal.ts';
import { QuantileSketch } from '../sketch/quantile-sketch.ts';
import type { LevelSummary } from './baseline.ts';
import {
  distanceByChance,
  largestDistance,
  normedWasserstein,
  type Step,
  stepsOf,
} from './chance/kolmogorov-smirnov.ts';
import type { Comparison, MoveEffect } from './comparison.ts';
import { isThin, type Sides, worth } from './sides.ts';

/** Values of the smaller side up to which the test alone decides; beyond, it finds what is too small to matter. */
const SMALL_MAX = 1_000;
/** Of a standard deviation. */
const LEAST_WASSERSTEIN = 0.1;
/** So many times as far must quantiles have gone in one direction as in the other. */
const FAR_MORE = 2;
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/** Compares a level by the test of Kolmogorov and Smirnov; of more than 1,000 values Wasserstein's distance must be a tenth of a standard deviation too. */
export function compareLevel(signal: LevelSignal, sides: Sides<LevelSummary>): Comparison {
  const { before, after } = sides;
  const [a, b] = [QuantileSketch.of(before.bins), QuantileSketch.of(after.bins)];
  const steps = stepsOf(a, b);
  const distance = largestDistance(steps);
  const isSmall = Math.min(before.count, after.count) <= SMALL_MAX;
  const effect: MoveEffect = isSmall
    ? { measure: 'distance', value: distance, least: 0 }
    : { measure: 'wasserstein', value: normedWasserstein(steps), least: LEAST_WASSERSTEIN };
  return {
    signal,
    counts: [before.count, after.count],
    isThin: isThin(sides),
    direction: directionOf(steps, a, b),
    chance: distanceByChance(distance, worth(sides)),
    effect,
    shown: {
      kind: 'level',
      quantiles: SHARES.map((share) => ({ share, before: a.quantile(share) ?? 0, after: b.quantile(share) ?? 0 })),
    },
  };
}

/** Where the mean went, if by far most quantiles went there too: the logarithms say nothing of zeros, and the mean alone is one large value's. */
function directionOf(steps: readonly Step[], before: QuantileSketch, after: QuantileSketch): Comparison['direction'] {
  // Where fewer values are below a bound than there were, quantiles are higher.
  const up = steps.reduce((most, step) => Math.max(most, step.before - step.after), 0);
  const down = steps.reduce((most, step) => Math.max(most, step.after - step.before), 0);
  const mean = after.sum / after.count - before.sum / before.count;
  if (mean > 0 && up >= FAR_MORE * down) return 'up';
  return mean < 0 && down >= FAR_MORE * up ? 'down' : 'other';
}
