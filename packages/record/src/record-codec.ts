import { type AuditRecord, LEAF_MAX_BYTES, SallyportError } from '@sallyport/core';
import { canonicalJson } from '@sallyport/wire';
import { shortened } from './shortened.ts';

const KINDS: ReadonlySet<unknown> = new Set<AuditRecord['kind']>([
  'opened',
  'decided',
  'closed',
  'interrupted',
  'approval',
  'tool',
  'captured',
  'shred',
  'content',
]);

/**
 * The leaf of a record: its canonical JSON, UTF-8, at most `LEAF_MAX_BYTES`. A record that is longer loses list entries
 * and ends of long strings until it fits, and says in `shortened` how many; it is never refused.
 * Cost: 5 us per KB.
 */
export function encodeRecord(record: AuditRecord): Uint8Array {
  const leaf = encodeWhole(record);
  return leaf.byteLength <= LEAF_MAX_BYTES ? leaf : shortened(record, encodeWhole);
}

function encodeWhole(record: AuditRecord): Uint8Array {
  return Buffer.from(canonicalJson(record));
}

/**
 * The record of a leaf. Only what every record has is checked: leaves come from a log that `verifyLog` can check whole.
 * @throws {SallyportError} `STORE_BROKEN` when the leaf is not a record
 * Cost: 3 us per KB.
 */
export function decodeRecord(leaf: Uint8Array): AuditRecord {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('utf8'));
  } catch {
    // The parser's error quotes the leaf; what it means is said below.
  }
  if (isRecord(value)) return value;
  throw new SallyportError('STORE_BROKEN', { detail: 'a leaf of the log is not a record' });
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { v, kind, exchange, at } = value as Record<string, unknown>;
  return v === 1 && KINDS.has(kind) && typeof exchange === 'string' && typeof at === 'string';
}
