import { type AuditRecord, type RecordReader, SallyportError } from '@sallyport/core';
import { type Baseline, type MeasuredPeriod, measurePeriod, type ReportPeriod } from '@sallyport/monitor';
import { rangeRootIn, readPeriod } from '@sallyport/record';
import type { LogHead } from './baseline-document.ts';

/** What a period of a log came to. */
export interface Sampled extends MeasuredPeriod {
  readonly cut: boolean;
}

/** A log as far as its head covers it. */
export class BaselineLog {
  readonly head: LogHead;
  readonly #reader: RecordReader;

  /** @throws {SallyportError} `NOT_FOUND` for a log without a head */
  constructor(reader: RecordReader) {
    const head = reader.head();
    if (head === undefined) throw new SallyportError('NOT_FOUND', { detail: 'the log has no head yet' });
    this.head = { origin: head.origin, size: head.size, root: head.root };
    this.#reader = reader;
  }

  *records(period: ReportPeriod): Generator<AuditRecord> {
    for (const { record } of readPeriod(this.#reader, period, this.head.size)) yield record;
  }

  /** Measures a period, what is in a reference as that has it. Cost: 60 us a record, 40 with a reference. */
  sample(period: ReportPeriod, reference?: Pick<Baseline, 'series'>): Sampled {
    const measured = measurePeriod(() => this.records(period), { period, ...(reference && { reference }) });
    return { ...measured, cut: this.#isCut(period) };
  }

  /** Whether this log is the one of an earlier head: `other` where it has another name, `changed` where it no longer holds what the head covers. */
  standingOf({ origin, size, root }: LogHead): 'same' | 'other' | 'changed' {
    if (origin !== this.head.origin) return 'other';
    if (size > this.head.size) return 'changed';
    const now = Buffer.from(rangeRootIn(this.#reader)(0, size)).toString('base64');
    return now === root ? 'same' : 'changed';
  }

  /** Records before the first one that is there are in the archive. */
  #isCut({ from }: ReportPeriod): boolean {
    const { first } = this.#reader;
    if (first === 0) return false;
    const epoch = { from: new Date(0).toISOString(), to: from };
    for (const _earlier of readPeriod(this.#reader, epoch, Math.min(this.head.size, first + 1))) return false;
    return true;
  }
}
