import { setImmediate as others } from 'node:timers/promises';
import type { AuditRecord, RecordReader } from '@sallyport/core';
import type { ReportPeriod, ReportSource } from '@sallyport/monitor';
import { readRecords, tenantIn } from '@sallyport/record';

/** Records that are read before others have their turn: some 2 ms. */
const RECORDS_PER_STEP = 64;

/** What counts records, and then says what it counted. */
export interface ReportFigures<Report> {
  take(record: AuditRecord): void;
  report(source: ReportSource): Report;
}

export interface ReportAsk {
  readonly period: ReportPeriod;
  /** Whose traffic alone is counted; absent: that of all tenants. */
  readonly tenant?: string | undefined;
}

export interface ReportLog {
  readonly reader: RecordReader;
  iso(): string;
}

/**
 * Makes a report of the records that the log has now, one after the other, with turns for others between.
 * @throws {SallyportError} `STORE_BROKEN` at a leaf that is not a record
 * Cost: see `benchmarks/reports`.
 */
export async function readReport<Report>(
  { reader, iso }: ReportLog,
  { period, tenant }: ReportAsk,
  figures: ReportFigures<Report>,
): Promise<Report> {
  const { size, first } = reader;
  for (let from = first; from < size; from += RECORDS_PER_STEP) {
    for (const { record } of readRecords(reader, { from, to: Math.min(size, from + RECORDS_PER_STEP) })) {
      if (tenant === undefined || tenantIn(record) === tenant) figures.take(record);
    }
    await others();
  }
  return figures.report({
    log: { origin: reader.head()?.origin ?? '', size, archived: first },
    period,
    ...(tenant !== undefined && { tenant }),
    madeAt: iso(),
  });
}
