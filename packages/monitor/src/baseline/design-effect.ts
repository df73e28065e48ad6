/** Parts of a period below which it is not known how what is observed varies from one to the next. */
const BLOCKS_MIN = 6;
/** So many buckets are one block: what varies from day to day shows in no hour. */
const BLOCKS = [1, 6, 24];

/** A number of what was observed, or one kind of it. */
export interface Column {
  /** By bucket. */
  readonly sums: ArrayLike<number>;
  /** Of single observations. */
  readonly variance: number;
}

export interface Clustered {
  /** Observations by bucket. */
  readonly counts: Float64Array;
  /** What they come to; kinds of a mix are one column each. */
  readonly columns: readonly Column[];
  /** What buckets have in common by rule, such as the hour of the day: it is taken out. */
  readonly classOf: (bucket: number) => number;
}

/**
 * How many observations are worth one that has nothing to do with the others, 1..: what comes in clusters says less than it seems to. Variance between blocks of time
 * against what it were of independent observations, the largest of several lengths of blocks, after what is usual at that hour was taken out.
 * @returns 1 where too little is known
 * Source: L. Kish, "Survey Sampling" (1965), design effect; for kinds J. N. K. Rao, A. J. Scott, JASA 76 (1981).
 */
export function designEffect({ counts, columns, classOf }: Clustered): number {
  const variance = columns.reduce((sum, column) => sum + column.variance, 0);
  if (variance === 0) return 1;
  const classes = Array.from(counts, (_, bucket) => classOf(bucket));
  const known = new Set(classes).size;
  // A class that has few buckets would explain all of it.
  const season = known > 1 && counts.length >= 3 * known ? classes : classes.map(() => 0);
  return BLOCKS.reduce((most, width) => Math.max(most, effectOf({ counts, columns, season, width }, variance)), 1);
}

interface Blocks {
  readonly counts: Float64Array;
  readonly columns: readonly Column[];
  readonly season: readonly number[];
  readonly width: number;
}

function effectOf({ counts, columns, season, width }: Blocks, variance: number): number {
  const blockOf = season.map((_, bucket) => Math.floor(bucket / width));
  const perBlock = summed(counts, blockOf);
  const perSeason = summed(counts, season);
  if (perBlock.filter((count) => count > 0).length < BLOCKS_MIN) return 1;
  const expected = expectedOf({ counts, blockOf, season }, perBlock, perSeason);
  if (expected < 1) return 1;
  let seen = 0;
  for (const { sums } of columns) {
    const usual = summed(sums, season);
    const away = counts.map((count, bucket) => {
      const part = season[bucket] ?? 0;
      return (sums[bucket] ?? 0) - (count * (usual[part] ?? 0)) / Math.max(1, perSeason[part] ?? 0);
    });
    const awayPerBlock = summed(away, blockOf);
    for (const [block, count] of perBlock.entries()) if (count > 0) seen += (awayPerBlock[block] ?? 0) ** 2 / count;
  }
  return seen / (variance * expected);
}

interface Grouped {
  readonly counts: Float64Array;
  readonly blockOf: readonly number[];
  readonly season: readonly number[];
}

/** What the sums would come to if all observations were independent: a block each, less what was estimated from them. */
function expectedOf({ counts, blockOf, season }: Grouped, perBlock: Float64Array, perSeason: Float64Array): number {
  const parts = perSeason.length;
  const shared = summed(
    counts,
    blockOf.map((block, bucket) => block * parts + (season[bucket] ?? 0)),
  );
  let expected = perBlock.filter((count) => count > 0).length;
  for (const [group, count] of shared.entries()) {
    if (count > 0)
      expected -= count ** 2 / ((perBlock[Math.floor(group / parts)] ?? 1) * (perSeason[group % parts] ?? 1));
  }
  return expected;
}

/** Sums by group; groups are numbered from zero. */
function summed(values: ArrayLike<number>, groups: readonly number[]): Float64Array {
  const sums = new Float64Array(groups.reduce((most, group) => Math.max(most, group), 0) + 1);
  for (const [at, group] of groups.entries()) sums[group] = (sums[group] ?? 0) + (values[at] ?? 0);
  return sums;
}
