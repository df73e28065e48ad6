import { isLevel, isMix, isRate } from './compared-signals.ts';
import type { Comparison } from './comparison.ts';
import { pairOf } from './last-tools.ts';
import type { SeriesSample } from './series-sample.ts';

/** How what moved went, over the period. */
export interface MoveCourse {
  /** RFC 3339, UTC: where the first value begins. */
  readonly from: string;
  /** From one value to the next, milliseconds. */
  readonly everyMs: number;
  /** Of a level the geometric mean, otherwise a share 0..1; nothing where too little came. */
  readonly values: readonly (number | null)[];
  /** The kind whose share it is, of mixes. */
  readonly kind?: string;
}

/** Of fewer a mean or a share would show chance. */
const LEAST_COUNT = 5;

export function courseOf(comparison: Comparison, sample: SeriesSample): MoveCourse | undefined {
  const { signal, shown } = comparison;
  const { bins } = sample;
  const course = { from: new Date(bins.startMs(0)).toISOString(), everyMs: bins.stepMs };
  if (isLevel(signal)) {
    const level = sample.levels.get(signal)?.course;
    return level && { ...course, values: valuesOf(level, Math.exp) };
  }
  if (isRate(signal)) {
    const rate = sample.rates.get(signal);
    return rate && { ...course, values: valuesOf(rate, (share) => share) };
  }
  const kinds = isMix(signal) ? sample.mixes.get(signal) : undefined;
  const kind = shown.kind === 'mix' ? shown.moved[0]?.kind : undefined;
  if (kinds === undefined || kind === undefined) return undefined;
  const rows = kinds.rows();
  if (signal !== 'transitions') {
    const row = rows.get(kind);
    const sums = row === undefined ? new Float64Array(bins.count) : Float64Array.from(row);
    return { ...course, kind, values: valuesOf({ counts: kinds.counts(), sums }, (share) => share) };
  }
  const [sums, counts] = [new Float64Array(bins.count), new Float64Array(bins.count)];
  for (const [pair, row] of rows) {
    const [first, next] = pairOf(pair);
    const name = first === '' ? 'start' : first;
    if (!kind.startsWith(`${name} > `)) continue;
    for (const [bucket, times] of row.entries()) {
      counts[bucket] = (counts[bucket] ?? 0) + times;
      if (kind === `${name} > ${next}`) sums[bucket] = (sums[bucket] ?? 0) + times;
    }
  }
  return { ...course, kind, values: valuesOf({ counts, sums }, (share) => share) };
}

interface Summed {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

function valuesOf({ counts, sums }: Summed, shown: (mean: number) => number): readonly (number | null)[] {
  return Array.from(counts, (count, bucket) => (count < LEAST_COUNT ? null : shown((sums[bucket] ?? 0) / count)));
}
