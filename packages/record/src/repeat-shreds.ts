import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type LeafIndex,
  OPERATOR_STEPS,
  type RecordedSubject,
  type Recorder,
  type RecordReader,
  type ShredRecord,
} from '@sallyport/core';
import { readRecords } from './read-records.ts';

/** Subjects that are held in memory at once. */
export const SUBJECTS_AT_ONCE = 4_096;
/** Records that are read before others get their turn. */
const RECORDS_AT_ONCE = 256;

export interface RepeatShredsParts {
  readonly store: RecordReader;
  /** Of the log of this store. */
  readonly recorder: Recorder;
  /** RFC 3339, UTC, milliseconds. */
  readonly iso: () => string;
}

/**
 * States erasures again whose leaves stand before `to` and are about to leave the store, so that they are found as long as the log goes
 * on: of each subject the one of most generations, unless a later leaf states as much. What an earlier run repeated is such a leaf.
 * Cost: 15 us a step with content under lock, where leaves that go state an erasure; again for each 4,096 subjects.
 * @throws {SallyportError} `RECORD_FAILED`, and the next call goes on where this one ended
 */
export async function repeatShreds(parts: RepeatShredsParts, to: LeafIndex): Promise<void> {
  const { store, recorder, iso } = parts;
  for (let from = 0; from < to; ) {
    const { shreds, next } = await lastShreds(store, from, to);
    for (const { index, record } of shreds) {
      await recorder.append({ ...record, at: iso(), again: record.again ?? index });
    }
    from = next;
  }
}

interface IndexedShred {
  readonly index: LeafIndex;
  readonly record: ShredRecord;
}

interface LastShreds {
  /** Those that no later leaf states, in log order. */
  readonly shreds: readonly IndexedShred[];
  /** Where the next call begins. */
  readonly next: LeafIndex;
}

/** Erasures from `from` on and before `to`, of as many subjects as are held at once. */
async function lastShreds(store: RecordReader, from: LeafIndex, to: LeafIndex): Promise<LastShreds> {
  const last = new Map<string, IndexedShred>();
  let next = to;
  let read = 0;
  for (const { index, record } of readRecords(store, { exchange: OPERATOR_STEPS, from })) {
    read += 1;
    if (read % RECORDS_AT_ONCE === 0) await nextTurn();
    // Nothing that goes states an erasure: what stays need not be read.
    if (index >= to && last.size === 0) break;
    if (record.kind !== 'shred') continue;
    const subject = keyOf(record.subject);
    const known = last.get(subject);
    if (index < next && known === undefined && last.size === SUBJECTS_AT_ONCE) next = index;
    if (known !== undefined && known.record.generations > record.generations) continue;
    last.delete(subject);
    if (index < next) last.set(subject, { index, record });
  }
  return { shreds: [...last.values()], next };
}

function keyOf({ kind, id }: RecordedSubject): string {
  return `${kind} ${id}`;
}
