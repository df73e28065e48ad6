import {
  type AuditRecord,
  RETENTION_KEY,
  type RecordReader,
  type RetentionRecord,
  SallyportError,
} from '@sallyport/core';
import { readRecords } from './read-records.ts';

export const DAY_MS = 86_400_000;

/** For how long leaves stay in the store. */
export interface RetentionTerms {
  /** 1.. */
  readonly days: number;
  /** Locked terms can be made longer, never shorter, and never be unlocked. */
  readonly lock: boolean;
}

/** The last record of retention: its terms are in force, and its `to` says how far leaves may have left the store. */
export function lastRetention(reader: RecordReader): RetentionRecord | undefined {
  let last: RetentionRecord | undefined;
  for (const { record } of readRecords(reader, { exchange: RETENTION_KEY })) if (isRetention(record)) last = record;
  return last;
}

/** Index before which the log says that leaves were archived. */
export function archivedTo(reader: RecordReader): number {
  let to = 0;
  for (const { record } of readRecords(reader, { exchange: RETENTION_KEY })) {
    if (isRetention(record) && record.step === 'archived') to = Math.max(to, record.to ?? 0);
  }
  return to;
}

/** Whether `next` takes anything back of what `before` promised. */
export function breaksLock(before: RetentionTerms | undefined, next: RetentionTerms): boolean {
  return before?.lock === true && (!next.lock || next.days < before.days);
}

/** @throws {SallyportError} `CONFIG_INVALID` where the lock in the log forbids the terms */
export function requireLock(before: RetentionTerms | undefined, next: RetentionTerms): void {
  if (before === undefined || !breaksLock(before, next)) return;
  const detail = `audit.retention: the log holds a lock of ${before.days} days, which can be made longer but not shorter, and not be taken off`;
  throw new SallyportError('CONFIG_INVALID', { detail });
}

/** Whether a record says that leaves left the store before their days were over. */
export function isTooEarly({ step, at, newest, days }: RetentionRecord): boolean {
  if (step !== 'archived') return false;
  const ageMs = Date.parse(at) - Date.parse(newest ?? '');
  return !(ageMs >= days * DAY_MS);
}

function isRetention(record: AuditRecord): record is RetentionRecord {
  return record.kind === 'retention';
}
