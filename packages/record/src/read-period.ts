import type { LeafIndex, RecordReader } from '@sallyport/core';
import { type IndexedRecord, readRecords } from './read-records.ts';
import { decodeRecord } from './record-codec.ts';

/** A stretch of time; RFC 3339, `to` exclusive. */
export interface RecordPeriod {
  readonly from: string;
  readonly to: string;
}

/** How far a record's own time may be from those of the records beside it, milliseconds: clocks are put right, and calls end out of turn. */
export const PERIOD_MARGIN_MS = 86_400_000;

/**
 * The records whose own time lies in a period, in log order. Only the part of the log is read whose times are within a day of the period:
 * what a clock that was off by more wrote is passed by. Records that are in the archive are not there.
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
  for (const indexed of readRecords(reader, { from, to: before })) {
    const atMs = Date.parse(indexed.record.at);
    if (atMs >= toMs + PERIOD_MARGIN_MS) return;
    if (atMs >= fromMs && atMs < toMs) yield indexed;
  }
}

/** Where the records of this time begin, as far as the log is in order of time. */
function firstSince(reader: RecordReader, size: number, ms: number): LeafIndex {
  let [low, high] = [reader.first, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [leaf] = reader.read(middle, middle + 1);
    // At a hole the part before it is read.
    if (leaf !== undefined && Date.parse(decodeRecord(leaf).at) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
