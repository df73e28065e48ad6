import { OPERATOR_STEPS, type PayloadStore, type RecordReader } from '@sallyport/core';
import { readRecords } from '@sallyport/record';

/**
 * Destroys again what the log says was destroyed: an erasure that a crash cut short, and a store that was put back from a copy.
 * @returns keys and payloads that were there
 * Cost: 50 us an erasure.
 */
export async function settleShreds(reader: RecordReader, store: Pick<PayloadStore, 'shred'>): Promise<number> {
  let destroyed = 0;
  for (const { record } of readRecords(reader, { exchange: OPERATOR_STEPS, kind: 'shred' })) {
    if (record.kind !== 'shred') continue;
    const { keys, payloads } = await store.shred({ subject: record.subject.id, generations: record.generations });
    destroyed += keys + payloads;
  }
  return destroyed;
}
