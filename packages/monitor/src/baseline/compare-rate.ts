import type { RateSignal } from '../signals/signal.ts';
import type { RateSummary } from './baseline.ts';
import { fisherExact } from './chance/fisher-exact.ts';
import type { Comparison } from './comparison.ts';
import { isThin, type Sides, worth } from './sides.ts';

/**
 * Cohen's h from which a share counts as moved: 5 % that become 7.4, or 50 that become 55. Source: J. Cohen, "Statistical Power Analysis for the Behavioral
 * Sciences" (1988), 6.2, where 0.2 is small.
 */
const LEAST_SHARES = 0.1;

/** Compares a share by Fisher's exact test, of as many observations as they are worth. */
export function compareRate(signal: RateSignal, sides: Sides<RateSummary>): Comparison {
  const { before, after } = sides;
  const [a, b] = [shareOf(before), shareOf(after)];
  const [many, now] = worth(sides).map(Math.round) as [number, number];
  const chance = fisherExact({ hits: Math.round(a * many), count: many }, { hits: Math.round(b * now), count: now });
  const value = Math.abs(angleOf(b) - angleOf(a));
  return {
    signal,
    counts: [before.count, after.count],
    isThin: isThin(sides),
    direction: b >= a ? 'up' : 'down',
    chance,
    effect: { measure: 'shares', value, least: LEAST_SHARES },
    shown: { kind: 'share', before: a, after: b },
  };
}

function shareOf({ hits, count }: RateSummary): number {
  return count === 0 ? 0 : hits / count;
}

function angleOf(share: number): number {
  return 2 * Math.asin(Math.sqrt(share));
}
