import { OTHER } from '../sketch/counted-names.ts';
import { pairOf } from './last-tools.ts';

/** How much likelier it is that a stretch is another thing than all the rest: natural logarithm. */
export type StretchScore = (from: number, to: number) => number;

/** What came before all of the period, and how many observations are worth an independent one. */
interface Before {
  readonly designEffect: number;
}

export interface LevelCourse {
  readonly counts: ArrayLike<number>;
  readonly sums: ArrayLike<number>;
}

/** A course without what is so at the same hour of every day, where it has three days or more: nights are no moves. */
export function withoutSeason({ counts, sums }: LevelCourse, classOf: (bucket: number) => number): LevelCourse {
  const classes = Array.from(counts, (_, bucket) => classOf(bucket));
  if (counts.length < 3 * new Set(classes).size) return { counts, sums };
  const [own, all] = [new Map<number, number>(), new Map<number, number>()];
  for (const [bucket, part] of classes.entries()) {
    own.set(part, (own.get(part) ?? 0) + (sums[bucket] ?? 0));
    all.set(part, (all.get(part) ?? 0) + (counts[bucket] ?? 0));
  }
  const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
  const mean = total(sums) / Math.max(1, total(counts));
  const adjusted = classes.map((part, bucket) => {
    const usual = (own.get(part) ?? 0) / Math.max(1, all.get(part) ?? 0);
    return (sums[bucket] ?? 0) - (counts[bucket] ?? 0) * (usual - mean);
  });
  return { counts, sums: adjusted };
}

/** Of a level, by its mean: normal distributions of one variance. */
export function levelScore(
  course: LevelCourse,
  before: Before & { readonly count: number; readonly mean: number; readonly variance: number },
): StretchScore {
  const counts = running(course.counts);
  const sums = running(course.sums);
  const [count, sum] = [before.count + last(counts), before.count * before.mean + last(sums)];
  return (from, to) => {
    const inside = between(counts, from, to);
    const outside = count - inside;
    if (inside <= 0 || outside <= 0) return 0;
    const insideSum = between(sums, from, to);
    const apart = insideSum / inside - (sum - insideSum) / outside;
    return ((inside * outside) / count) * (apart ** 2 / (2 * before.variance * before.designEffect));
  };
}

type Rows = ReadonlyMap<string, ArrayLike<number>>;

/** Of kinds: hits and misses, or those of a mix. */
export function kindScore(rows: Rows, before: Before & { readonly kinds: ReadonlyMap<string, number> }): StretchScore {
  const names = [...new Set([...rows.keys(), ...before.kinds.keys()])];
  const empty: ArrayLike<number> = [];
  const inside = names.map((name) => running(rows.get(name) ?? empty));
  const all = names.map((name, at) => (before.kinds.get(name) ?? 0) + last(inside[at] ?? [0]));
  const whole = likelihoodOf(all);
  return (from, to) => {
    const own = inside.map((sums) => between(sums, from, to));
    const rest = all.map((count, at) => count - (own[at] ?? 0));
    return (likelihoodOf(own) + likelihoodOf(rest) - whole) / before.designEffect;
  };
}

/** Of a share: hits are summed. */
export function shareScore(
  { counts, sums }: LevelCourse,
  before: Before & { readonly hits: number; readonly count: number },
): StretchScore {
  const rows = new Map([
    ['hit', sums],
    ['miss', Array.from(counts, (all, at) => all - (sums[at] ?? 0))],
  ]);
  const kinds = new Map([
    ['hit', before.hits],
    ['miss', before.count - before.hits],
  ]);
  return kindScore(rows, { kinds, designEffect: before.designEffect });
}

/** Of what follows what: kinds are pairs, and how often the first of each comes says nothing. */
export function transitionScore(
  pairs: Rows,
  before: Before & { readonly kinds: ReadonlyMap<string, number> },
): StretchScore {
  const firsts = new Map<string, number[]>();
  // Of pairs of which not even the first tool is known nothing is said.
  const told = new Map([...pairs].filter(([pair]) => pair !== OTHER));
  const kinds = new Map([...before.kinds].filter(([pair]) => pair !== OTHER));
  for (const [pair, row] of told) {
    const [first] = pairOf(pair);
    const sums = firsts.get(first) ?? new Array<number>(row.length).fill(0);
    for (let at = 0; at < row.length; at += 1) sums[at] = (sums[at] ?? 0) + (row[at] ?? 0);
    firsts.set(first, sums);
  }
  const firstsBefore = new Map<string, number>();
  for (const [pair, count] of kinds) {
    const [first] = pairOf(pair);
    firstsBefore.set(first, (firstsBefore.get(first) ?? 0) + count);
  }
  const ofPairs = kindScore(told, { ...before, kinds });
  const ofFirsts = kindScore(firsts, { ...before, kinds: firstsBefore });
  return (from, to) => Math.max(0, ofPairs(from, to) - ofFirsts(from, to));
}

function likelihoodOf(counts: readonly number[]): number {
  const count = counts.reduce((sum, each) => sum + each, 0);
  return counts.reduce((sum, each) => (each <= 0 ? sum : sum + each * Math.log(each / count)), 0);
}

/** Sums up to each place, zero first. */
function running(values: ArrayLike<number>): readonly number[] {
  const sums = [0];
  for (let at = 0; at < values.length; at += 1) sums.push((sums[at] ?? 0) + (values[at] ?? 0));
  return sums;
}

/** A row that is empty has nothing anywhere. */
function between(sums: readonly number[], from: number, to: number): number {
  return sums.length === 1 ? 0 : (sums[to] ?? 0) - (sums[from] ?? 0);
}

function last(sums: readonly number[]): number {
  return sums.at(-1) ?? 0;
}
