/** Counts of each kind. */
export type Mix = readonly (readonly [kind: string, count: number])[];

export interface MixComparison {
  /** Population stability index: below 0.1 little moved, from 0.25 on much. Sum over kinds of (b - a) ln(b / a). */
  readonly psi: number;
  /** Jensen-Shannon divergence, bits, 0..1. */
  readonly js: number;
  /** How improbable so much is by chance alone: standard deviations of the normal distribution, one-sided. */
  readonly sigmas: number;
  /** The test's statistic, and its degrees of freedom: those of several comparisons add up. */
  readonly g: number;
  readonly degrees: number;
  /** The kinds that moved most, with their shares before and after, most first. */
  readonly moved: readonly { readonly kind: string; readonly before: number; readonly after: number }[];
}

/** Kinds that are expected fewer times count together: of them a share says nothing. */
const FEWEST = 5;
const REST = '\0rest';
const MOVED_MAX = 5;

/**
 * Compares two mixes of kinds. Whether they differ by chance is told by the likelihood-ratio test of homogeneity (G), whose distribution is
 * taken to the normal one by Wilson and Hilferty: without it, PSI calls small samples drifted.
 * Sources: PSI as in N. Siddiqi, "Credit Risk Scorecards" (2006); J. Lin, IEEE Trans. Inf. Theory 37 (1991); E. B. Wilson, M. M. Hilferty, PNAS 17 (1931).
 * @returns undefined where one of them is empty
 */
export function compareMixes(before: Mix, after: Mix): MixComparison | undefined {
  const rows = rowsOf(before, after);
  const [all, now] = [sum(rows, 0), sum(rows, 1)];
  if (all === 0 || now === 0) return undefined;
  let psi = 0;
  let js = 0;
  for (const [, [a, b]] of rows) {
    // Half a count keeps what is absent on one side from being infinitely far away.
    const [p, q] = [(a + 0.5) / (all + 0.5 * rows.length), (b + 0.5) / (now + 0.5 * rows.length)];
    psi += (q - p) * Math.log(q / p);
    js += divergence(a / all, b / now);
  }
  const moved = rows
    .filter(([kind]) => kind !== REST)
    .map(([kind, [a, b]]) => ({ kind, before: a / all, after: b / now }))
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  const [g, degrees] = [statisticOf(rows, all, now), rows.length - 1];
  return { psi, js, sigmas: sigmasOf(g, degrees), g, degrees, moved: moved.slice(0, MOVED_MAX) };
}

type Row = readonly [kind: string, counts: readonly [before: number, after: number]];

/** Each kind with both counts; the rare ones together. */
function rowsOf(before: Mix, after: Mix): readonly Row[] {
  const counts = new Map<string, [number, number]>();
  for (const [side, mix] of [before, after].entries()) {
    for (const [kind, count] of mix) {
      const both = counts.get(kind) ?? [0, 0];
      both[side] = (both[side] ?? 0) + count;
      counts.set(kind, both);
    }
  }
  const rows: Row[] = [...counts];
  const [all, now] = [sum(rows, 0), sum(rows, 1)];
  const smaller = Math.min(all, now) / (all + now);
  const isRare = ([, [a, b]]: Row) => (a + b) * smaller < FEWEST;
  const rare = rows.filter(isRare);
  if (rare.length === 0) return rows;
  return [...rows.filter((row) => !isRare(row)), [REST, [sum(rare, 0), sum(rare, 1)]]];
}

function sum(rows: readonly Row[], side: 0 | 1): number {
  return rows.reduce((total, [, counts]) => total + counts[side], 0);
}

/** What one kind adds to the divergence, bits. */
function divergence(p: number, q: number): number {
  const middle = (p + q) / 2;
  return (part(p, middle) + part(q, middle)) / 2;
}

function part(p: number, middle: number): number {
  return p === 0 ? 0 : p * Math.log2(p / middle);
}

function statisticOf(rows: readonly Row[], all: number, now: number): number {
  let g = 0;
  for (const [, [a, b]] of rows) {
    const share = (a + b) / (all + now);
    if (a > 0) g += 2 * a * Math.log(a / (all * share));
    if (b > 0) g += 2 * b * Math.log(b / (now * share));
  }
  return Math.max(0, g);
}

/** How improbable such a statistic is by chance, in standard deviations, one-sided. */
export function sigmasOf(g: number, degrees: number): number {
  if (degrees === 0) return 0;
  const spread = 2 / (9 * degrees);
  return (Math.cbrt(g / degrees) - (1 - spread)) / Math.sqrt(spread);
}
