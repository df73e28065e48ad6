import { resolve } from 'node:path';
import type { AuditRecord } from '@sallyport/core';
import { type AuditTrail, type Config, openAuditTrail, recordIn, SamplePositions } from '@sallyport/runtime';
import { linesOf, openText } from '../lines.ts';
import type { Terminal } from '../terminal.ts';
import type { RecordFlags } from './policy-flags.ts';

export interface RecordedInputs {
  /** Records in the span of time that was asked for; those that were read may be a sample of them. */
  readonly of: number;
  /** Lines of a file that hold no record. */
  readonly unreadable: number;
}

export interface InputSource {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly onRecord: (record: AuditRecord) => void;
}

/** Reads recorded decisions one after the other, all or a sample of them: from a file of records, else from the data folder. */
export async function readRecordedInputs(flags: RecordFlags, source: InputSource): Promise<RecordedInputs> {
  if (flags.records !== undefined) return fromFile(resolve(source.terminal.cwd, flags.records), flags, source);
  const trail = openAuditTrail(source.config.data);
  try {
    return fromTrail(trail, flags, source);
  } finally {
    await trail.close();
  }
}

async function fromFile(file: string, flags: RecordFlags, { onRecord }: InputSource): Promise<RecordedInputs> {
  const sampled = flags.sample === undefined ? undefined : await countIn(file, flags);
  const sample = sampled === undefined ? undefined : new SamplePositions(sampled, flags.sample ?? 0, flags.seed);
  let of = 0;
  let unreadable = 0;
  for await (const { text, tooLong } of linesOf(openText(file))) {
    const record = tooLong ? undefined : recordIn(text);
    if (record === undefined) unreadable += 1;
    else if (isBetween(record, flags)) {
      of += 1;
      if (sample === undefined || sample.next()) onRecord(record);
    }
  }
  return { of, unreadable };
}

async function countIn(file: string, flags: RecordFlags): Promise<number> {
  let count = 0;
  for await (const { text, tooLong } of linesOf(openText(file))) {
    const record = tooLong ? undefined : recordIn(text);
    if (record !== undefined && isBetween(record, flags)) count += 1;
  }
  return count;
}

function isBetween({ at }: AuditRecord, { from, to }: RecordFlags): boolean {
  return (from === undefined || at >= from) && (to === undefined || at < to);
}

function fromTrail(
  trail: AuditTrail,
  { from, to, sample, seed }: RecordFlags,
  { onRecord }: InputSource,
): RecordedInputs {
  const first = from === undefined ? 0 : firstFrom(trail, from);
  const end = to === undefined ? trail.size : firstFrom(trail, to);
  const of = Math.max(0, end - first);
  if (sample === undefined || sample >= of) {
    for (const { record } of trail.records({ from: first, to: end })) onRecord(record);
    return { of, unreadable: 0 };
  }
  const positions = new SamplePositions(of, sample, seed);
  for (let at = first; at < end; at += 1) {
    if (!positions.next()) continue;
    for (const { record } of trail.records({ from: at, to: at + 1 })) onRecord(record);
  }
  return { of, unreadable: 0 };
}

/** The first index whose record was written at a time or later. Records stand in the order in which they were written. */
function firstFrom(trail: AuditTrail, time: string): number {
  let low = 0;
  let high = trail.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const [found] = trail.records({ from: middle, to: middle + 1 });
    if (found !== undefined && found.record.at < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
