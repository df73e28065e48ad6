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
  /** Of a clock that only goes forward. */
  nowMs(): number;
  /** Lets others have their turn. @param tookMs how long they waited */
  rest(tookMs: number): Promise<unknown>;
}

/** A log, and who waits for what is read from it. */
interface ReportReading extends ReportLog {
  readonly gone?: AbortSignal | undefined;
}

/**
 * Makes a report of the records that the log has now, one after the other, with turns for others between.
 * @returns undefined where whoever waited is gone
 * @throws {SallyportError} `STORE_BROKEN` at a leaf that is not a record
 * Cost: see `benchmarks/reports`.
 */
export async function readReport<Report>(
  { reader, iso, nowMs, rest, gone }: ReportReading,
  { period, tenant }: ReportAsk,
  figures: ReportFigures<Report>,
): Promise<Report | undefined> {
  const { size, first } = reader;
  for (let from = first; from < size; from += RECORDS_PER_STEP) {
    if (gone?.aborted === true) return undefined;
    const startMs = nowMs();
    for (const { record } of readRecords(reader, { from, to: Math.min(size, from + RECORDS_PER_STEP) })) {
      if (tenant === undefined) figures.take(record);
      // What was held back because of an alert is counted with that alert, which is the tenant's or not.
      else if (record.kind === 'containment' || tenantIn(record) === tenant) figures.take(aloneOf(record));
    }
    await rest(nowMs() - startMs);
  }
  return figures.report({
    log: { origin: reader.head()?.origin ?? '', size, archived: reader.first },
    period,
    ...(tenant !== undefined && { tenant }),
    madeAt: iso(),
  });
}

/** Without the number of those that it stands for: they may be others'. */
function aloneOf(record: AuditRecord): AuditRecord {
  if (!('suppressed' in record)) return record;
  const { suppressed, ...alone } = record;
  return alone;
}
