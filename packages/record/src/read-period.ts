import type { LeafIndex, RecordReader } from '@sallyport/core';
import { type IndexedRecord, readRecords } from './read-records.ts';
import { decodeRecord } from './record-codec.ts';

/** A stretch of time; RFC 3339, `to` exclusive. */
export interface RecordPeriod {
  readonly from: string;
  readonly to: string;
}

/** How far a record's own time may be from those of the records beside it, milliseconds: calls end out of turn, and clocks are put right. */
export const PERIOD_MARGIN_MS = 86_400_000;
/** So many records in a row say where in time a part of the log is: fewer may be those of a clock that was wrong. */
export const PERIOD_RUN = 256;

/**
 * The records whose own time lies in a period, in log order, without reading the whole log. What a clock that was off by more than a day wrote may be passed
 * by, and what lies behind it, where it is more than 256 records in a row. Records that are in the archive are not there.
 * @param before index after the last leaf that is read, default: the end
 * @throws {SallyportError} `STORE_BROKEN` at a leaf that is not a record
 * Cost: 15 us a record read.
 */
export function* readPeriod(
  reader: RecordReader,
  period: RecordPeriod,
  before = reader.size,
): Generator<IndexedRecord> {
  const [fromMs, toMs] = [Date.parse(period.from), Date.parse(period.to)];
  const from = firstSince(reader, before, fromMs - PERIOD_MARGIN_MS);
  let beyond = 0;
  for (const indexed of readRecords(reader, { from, to: before })) {
    const atMs = Date.parse(indexed.record.at);
    beyond = atMs >= toMs + PERIOD_MARGIN_MS ? beyond + 1 : 0;
    if (beyond > PERIOD_RUN) return;
    if (atMs >= fromMs && atMs < toMs) yield indexed;
  }
}

/** Where the records of this time begin, as far as the log is in order of time. */
function firstSince(reader: RecordReader, size: number, ms: number): LeafIndex {
  let [low, high] = [reader.first, size];
  while (high - low > PERIOD_RUN) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(reader, middle, ms)) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether all of a run of records are earlier. Where some are missing, none is taken for earlier. */
function isBefore(reader: RecordReader, from: LeafIndex, ms: number): boolean {
  let read = 0;
  for (const leaf of reader.read(from, from + PERIOD_RUN)) {
    read += 1;
    if (Date.parse(decodeRecord(leaf).at) >= ms) return false;
  }
  return read > 0;
}
