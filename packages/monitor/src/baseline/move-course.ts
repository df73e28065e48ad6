import type { ReportBins } from '../reports/report-bins.ts';
import type { SeriesBaseline } from './baseline.ts';
import { isLevel, isMix, isRate } from './compared-signals.ts';
import type { Comparison } from './comparison.ts';
import { total } from './course.ts';
import type { KindCounts } from './kind-counts.ts';
import { pairName, pairOf } from './last-tools.ts';
import type { SeriesSample } from './series-sample.ts';

/** How what moved went, over the period. */
export interface MoveCourse {
  /** RFC 3339, UTC: where the first value begins. */
  readonly from: string;
  /** From one value to the next, milliseconds. */
  readonly everyMs: number;
  /** Of a level the geometric mean of what is not zero, otherwise a share 0..1; nothing where too little came. */
  readonly values: readonly (number | null)[];
  /** The same of the reference, all of it. */
  readonly usual: number;
  /** The kind whose share it is, of mixes. */
  readonly kind?: string;
}

/** Of fewer a mean or a share would show chance. */
const LEAST_COUNT = 5;
/** So many observations one value has in the mean: stretches that have fewer are joined. */
const USUAL_COUNT = 12;

export function courseOf(comparison: Comparison, before: SeriesBaseline, sample: SeriesSample): MoveCourse | undefined {
  const { signal, shown } = comparison;
  const { bins } = sample;
  if (isLevel(signal)) {
    const level = sample.levels.get(signal)?.course;
    const known = before.levels[signal];
    const usual = known === undefined || known.count === known.bins.zeros ? 0 : Math.exp(known.logMean);
    return level && { usual, ...joined(level, bins, Math.exp) };
  }
  const asIs = (share: number) => share;
  if (isRate(signal)) {
    const rate = sample.rates.get(signal);
    const usual = shown.kind === 'share' ? shown.before : 0;
    return rate && { usual, ...joined(rate, bins, asIs) };
  }
  const kinds = isMix(signal) ? sample.mixes.get(signal) : undefined;
  const most = shown.kind === 'mix' ? shown.moved[0] : undefined;
  if (kinds === undefined || most === undefined) return undefined;
  const { kind, before: usual } = most;
  if (signal === 'transitions') return { kind, usual, ...joined(pairCourse(kinds, kind, bins), bins, asIs) };
  const sums = Float64Array.from(kinds.rows().get(kind) ?? new Float64Array(bins.count));
  return { kind, usual, ...joined({ counts: kinds.counts(), sums }, bins, asIs) };
}

/** Of what follows one tool, how often it is another. */
function pairCourse(kinds: KindCounts, kind: string, bins: ReportBins): Summed {
  const [sums, counts] = [new Float64Array(bins.count), new Float64Array(bins.count)];
  const wanted = Array.from(kinds.rows().keys(), (pair) => ({ pair, first: pairOf(pair)[0] }));
  const first = wanted.find(({ pair }) => pairName(pair) === kind)?.first;
  for (const [pair, row] of kinds.rows()) {
    if (pairOf(pair)[0] !== first) continue;
    for (const [bucket, times] of row.entries()) {
      counts[bucket] = (counts[bucket] ?? 0) + times;
      if (pairName(pair) === kind) sums[bucket] = (sums[bucket] ?? 0) + times;
    }
  }
  return { counts, sums };
}

interface Summed {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/** The values, of as many stretches together as it takes. */
function joined(
  { counts, sums }: Summed,
  bins: ReportBins,
  shown: (mean: number) => number,
): Pick<MoveCourse, 'from' | 'everyMs' | 'values'> {
  const each = Math.max(1, Math.ceil((USUAL_COUNT * bins.count) / Math.max(1, total(counts))));
  const values: (number | null)[] = [];
  for (let at = 0; at < bins.count; at += each) {
    const count = total(counts.subarray(at, at + each));
    values.push(count < LEAST_COUNT ? null : shown(total(sums.subarray(at, at + each)) / count));
  }
  return { from: new Date(bins.startMs(0)).toISOString(), everyMs: bins.stepMs * each, values };
}
