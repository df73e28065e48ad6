import { compareMixes, type Mix, sigmasOf } from '../change/compare-mixes.ts';
import { OTHER } from '../sketch/counted-names.ts';
import type { MixSummary } from './baseline.ts';
import { normalTail } from './chance/normal-tail.ts';
import type { BaselineMix } from './compared-signals.ts';
import type { Comparison, Shown } from './comparison.ts';
import { followerName, pairOf } from './last-tools.ts';
import { effectsOf, isThin, type Sides } from './sides.ts';

/** Population stability index from which a mix counts as another one; from 0.25 on it is very much another one. */
const LEAST_PSI = 0.1;
/** Of what moved, the most. */
const MOVED_MAX = 5;

type Moved = Extract<Shown, { readonly kind: 'mix' }>['moved'];

/** Compares a mix by the population stability index, and by the test of homogeneity with as many observations as they are worth. */
export function compareKinds(signal: Exclude<BaselineMix, 'transitions'>, sides: Sides<MixSummary>): Comparison {
  const [before, after] = scaled(sides);
  const found = compareMixes(before, after);
  return comparisonOf(signal, sides, { sigmas: 0, psi: 0, js: 0, moved: [], ...found });
}

/** Compares what follows each tool, whatever comes how often: the comparisons of all tools, as one. */
export function compareTransitions(sides: Sides<MixSummary>): Comparison {
  const [before, after] = scaled(sides).map(followersOf) as [Followers, Followers];
  let [g, degrees, psi, js, weights] = [0, 0, 0, 0, 0];
  const moved: Moved[number][] = [];
  for (const [first, followed] of before) {
    const now = after.get(first);
    const found = now && compareMixes([...followed], [...now]);
    if (now === undefined || found === undefined) continue;
    const weight = countOf([...followed]) + countOf([...now]);
    g += found.g;
    degrees += found.degrees;
    psi += weight * found.psi;
    js += weight * found.js;
    weights += weight;
    moved.push(...found.moved.map((move) => ({ ...move, kind: followerName(first, move.kind) })));
  }
  moved.sort((one, other) => Math.abs(other.after - other.before) - Math.abs(one.after - one.before));
  const all = Math.max(weights, 1e-9);
  return comparisonOf('transitions', sides, {
    sigmas: sigmasOf(g, degrees),
    psi: psi / all,
    js: js / all,
    moved: moved.slice(0, MOVED_MAX),
  });
}

interface Found {
  readonly sigmas: number;
  readonly psi: number;
  readonly js: number;
  readonly moved: Moved;
}

function comparisonOf(signal: BaselineMix, sides: Sides<MixSummary>, { sigmas, psi, js, moved }: Found): Comparison {
  return {
    signal,
    counts: [sides.before.count, sides.after.count],
    isThin: isThin(sides),
    direction: 'other',
    chance: normalTail(sigmas),
    effect: { measure: 'psi', value: psi, least: LEAST_PSI },
    shown: { kind: 'mix', js, moved },
  };
}

function scaled(sides: Sides<MixSummary>): readonly [before: Mix, after: Mix] {
  const [one, other] = effectsOf(sides);
  const by = (kinds: Mix, effect: number): Mix => kinds.map(([kind, count]) => [kind, count / effect]);
  return [by(sides.before.kinds, one), by(sides.after.kinds, other)];
}

type Followers = ReadonlyMap<string, ReadonlyMap<string, number>>;

function followersOf(pairs: Mix): Followers {
  const followers = new Map<string, Map<string, number>>();
  for (const [pair, count] of pairs) {
    if (pair === OTHER) continue;
    const [first, next] = pairOf(pair);
    const followed = followers.get(first) ?? new Map<string, number>();
    followers.set(first, followed.set(next, (followed.get(next) ?? 0) + count));
  }
  return followers;
}

function countOf(mix: Mix): number {
  return mix.reduce((sum, [, count]) => sum + count, 0);
}
