import { compareMixes, type Mix, sigmasOf } from '../change/compare-mixes.ts';
import { OTHER } from '../sketch/counted-names.ts';
import type { MixSummary } from './baseline.ts';
import { normalTail } from './chance/normal-tail.ts';
import type { BaselineMix } from './compared-signals.ts';
import type { Comparison, Shown } from './comparison.ts';
import { untoldMax } from './kind-census.ts';
import { followerName, pairOf } from './last-tools.ts';
import { effectsOf, isThin, type Sides } from './sides.ts';

/** Population stability index from which a mix counts as another one; from 0.25 on it is very much another one. */
const LEAST_PSI = 0.1;
/** Kinds that are expected fewer times on one side count as other: of them a share says nothing. */
const FEWEST = 5;
const LEFT_OUT_SIGMAS = 4;
/** Of what moved, the most. */
const MOVED_MAX = 5;

type Moved = Extract<Shown, { readonly kind: 'mix' }>['moved'];

/** Compares a mix by the population stability index, and by the test of homogeneity with as many observations as they are worth. */
export function compareKinds(signal: Exclude<BaselineMix, 'transitions'>, sides: Sides<MixSummary>): Comparison {
  const [before, after] = scaled(sides);
  const found = compareMixes(...alike(before, after, untoldOf(signal, sides)));
  return comparisonOf(signal, sides, { sigmas: 0, psi: 0, js: 0, moved: [], ...found });
}

/** Compares what follows each tool, whatever comes how often: the comparisons of all tools, as one. */
export function compareTransitions(sides: Sides<MixSummary>): Comparison {
  const [before, after] = scaled(sides).map(followersOf) as [Followers, Followers];
  const untold = untoldOf('transitions', sides);
  let [g, degrees, psi, js, weights] = [0, 0, 0, 0, 0];
  const moved: Moved[number][] = [];
  for (const [first, followed] of before) {
    const now = after.get(first);
    const found = now && compareMixes(...alike([...followed], [...now], untold));
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
    shown: { kind: 'mix', js, moved: othersLast(moved) },
  };
}

function scaled(sides: Sides<MixSummary>): readonly [before: Mix, after: Mix] {
  const [one, other] = effectsOf(sides);
  const by = (kinds: Mix, effect: number): Mix => kinds.map(([kind, count]) => [kind, count / effect]);
  return [by(sides.before.kinds, one), by(sides.after.kinds, other)];
}

/** As `untoldMax()`, of as many observations as they are worth. */
function untoldOf(signal: BaselineMix, sides: Sides<MixSummary>): number {
  return untoldMax(signal, sides.before.kinds) / effectsOf(sides)[0];
}

/**
 * Both mixes with the same kinds. Told apart are those that come so often on both sides together that the reference would not have left them out by chance: had it been
 * asked for those that came often in it alone, they would seem rarer afterwards.
 * @param untold how often a kind may have come in the reference that it does not tell apart
 */
function alike(before: Mix, after: Mix, untold: number): readonly [before: Mix, after: Mix] {
  const [one, other] = [new Map(before), new Map(after)];
  const share = countOf(before) / (countOf(before) + countOf(after));
  // So many that with probability `share` each, all but never no more than `untold` of them are of the reference.
  const spread = LEFT_OUT_SIGMAS * Math.sqrt(share * (1 - share));
  const seen = ((spread + Math.sqrt(spread ** 2 + 4 * share * untold)) / (2 * share)) ** 2;
  const enough = Math.max(FEWEST / Math.min(share, 1 - share), untold > 0 ? seen : 0);
  const kindOf = (kind: string) => ((one.get(kind) ?? 0) + (other.get(kind) ?? 0) >= enough ? kind : OTHER);
  const merged = (mix: Mix): Mix => {
    const counts = new Map<string, number>();
    for (const [kind, count] of mix) counts.set(kindOf(kind), (counts.get(kindOf(kind)) ?? 0) + count);
    return [...counts];
  };
  return [merged(before), merged(after)];
}

/** What stands for many is shown after what is one thing. */
function othersLast(moved: Moved): Moved {
  const isOther = ({ kind }: Moved[number]) => kind === OTHER || kind.endsWith(`> ${OTHER}`);
  return [...moved.filter((move) => !isOther(move)), ...moved.filter(isOther)];
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
