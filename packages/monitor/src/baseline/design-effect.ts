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
  const classes = Array.from(counts, (_, bucket) => classOf(bucket));
  const perClass = summed(counts, classes);
  // A class that has one bucket would explain all of it.
  const isSeasonal = perClass.size > 1 && counts.length >= 3 * perClass.size;
  const season = isSeasonal ? classes : classes.map(() => 0);
  const variance = columns.reduce((sum, column) => sum + column.variance, 0);
  if (variance === 0) return 1;
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
  const blocks = [...perBlock].filter(([, count]) => count > 0);
  if (blocks.length < BLOCKS_MIN) return 1;
  // What the sums would come to if all were independent, as far as what is usual was estimated from them.
  const shared = new Map<string, number>();
  for (const [bucket, count] of counts.entries()) {
    const key = `${blockOf[bucket]} ${season[bucket]}`;
    shared.set(key, (shared.get(key) ?? 0) + count);
  }
  let expected = blocks.length;
  for (const [key, count] of shared) {
    const [block, part] = key.split(' ').map(Number);
    const all = (perBlock.get(block ?? 0) ?? 0) * (perSeason.get(part ?? 0) ?? 0);
    if (all > 0) expected -= (count * count) / all;
  }
  if (expected < 1) return 1;
  let seen = 0;
  for (const { sums } of columns) {
    const usual = summed(sums, season);
    const away = Array.from(counts, (count, bucket) => {
      const part = season[bucket] ?? 0;
      const mean = (usual.get(part) ?? 0) / Math.max(1, perSeason.get(part) ?? 0);
      return (sums[bucket] ?? 0) - count * mean;
    });
    const perBlockAway = summed(away, blockOf);
    for (const [block, count] of blocks) seen += (perBlockAway.get(block) ?? 0) ** 2 / count;
  }
  return seen / (variance * expected);
}

function summed(values: ArrayLike<number>, groups: readonly number[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [at, group] of groups.entries()) sums.set(group, (sums.get(group) ?? 0) + (values[at] ?? 0));
  return sums;
}
