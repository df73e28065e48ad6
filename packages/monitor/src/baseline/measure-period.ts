import type { AuditRecord } from '@sallyport/core';
import { ReportBins, type ReportPeriod } from '../reports/report-bins.ts';
import type { Baseline } from './baseline.ts';
import { BaselineCensus, BaselineSampler, keyOf } from './baseline-sampler.ts';
import { BASELINE_BINS_MAX } from './hour-of.ts';
import { KindCensus, kindsOf } from './kind-census.ts';

interface MeasureOptions {
  readonly period: ReportPeriod;
  /** What it is compared with: the same series and the same kinds are measured. */
  readonly reference?: Pick<Baseline, 'series'>;
}

export interface MeasuredPeriod {
  readonly sampler: BaselineSampler;
  /** Models, agents and principals that there was no room for. */
  readonly leftOut: number;
}

/**
 * Measures a period. Its records are read twice: first it is found which series come most; without a reference a third time, for the kinds of each that come most.
 * @param records reads all records of the period, in order
 */
export function measurePeriod(
  records: () => Iterable<AuditRecord>,
  { period, reference }: MeasureOptions,
): MeasuredPeriod {
  const census = new BaselineCensus();
  for (const record of records()) census.take(record);
  const known = reference?.series.map(({ series }) => keyOf(series)) ?? [];
  const chosen = new Set([...known, ...census.chosen()]);
  const kinds = new KindCensus(new ReportBins(period, BASELINE_BINS_MAX), chosen);
  if (reference === undefined) for (const record of records()) kinds.take(record);
  const sampler = new BaselineSampler(period, chosen, reference === undefined ? kinds.kinds() : kindsOf(reference));
  for (const record of records()) sampler.take(record);
  return { sampler, leftOut: census.leftOut };
}
