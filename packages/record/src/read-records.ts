import {
  ALERTS_KEY,
  type AuditRecord,
  CANARY_KEY,
  CONTAINMENTS_KEY,
  IDENTITY_KEY,
  type LeafIndex,
  OPERATOR_STEPS,
  type RecordReader,
  SallyportError,
} from '@sallyport/core';
import { decodeRecord } from './record-codec.ts';
import { isOfTenant } from './tenant-in.ts';

export interface IndexedRecord {
  readonly index: LeafIndex;
  readonly record: AuditRecord;
}

export interface RecordFilter {
  /** First index, default 0. */
  readonly from?: LeafIndex;
  /** Index after the last, default: the end. */
  readonly to?: LeafIndex;
  /** Records of one exchange only; found by an index, not by reading all. */
  readonly exchange?: string;
  readonly kind?: AuditRecord['kind'];
}

/**
 * The records that pass the filter, in log order.
 * @throws {SallyportError} `STORE_BROKEN` at a leaf that is not a record
 * Cost: 15 us a record read.
 */
export function* readRecords(reader: RecordReader, filter: RecordFilter = {}): Generator<IndexedRecord> {
  const { from = 0, to = Number.MAX_SAFE_INTEGER, exchange, kind } = filter;
  const leaves = exchange === undefined ? reader.leaves(from, to) : reader.find(exchange);
  for (const { index, leaf } of leaves) {
    if (index < from || index >= to) continue;
    const record = decodeRecord(leaf);
    if (kind === undefined || record.kind === kind) yield { index, record };
  }
}

/** All that is recorded of one exchange. */
export interface RecordedExchange {
  readonly exchange: string;
  /** Index of its first record: what `before` takes. */
  readonly index: LeafIndex;
  /** In log order. */
  readonly records: readonly AuditRecord[];
}

export interface ExchangePage {
  readonly exchanges: readonly RecordedExchange[];
  /** `before` of the next page; absent on the last. */
  readonly before?: LeafIndex;
}

export interface PageQuery {
  /** Exchanges whose first record has a lower index than this, default: from the end. */
  readonly before?: LeafIndex;
  /** 1..1,000, default 50. */
  readonly limit?: number;
  /** Whose exchanges alone are listed; absent: those of all tenants. */
  readonly tenant?: string | undefined;
}

export const PAGE_MAX = 1_000;
const LEAVES_PER_STEP = 128;
/** Leaves that are gone through for one page of a tenant, some 0.2 s: then it ends, with whatever was found. */
export const TENANT_PAGE_LEAVES = 4_096;
/** Names under which many records stand in the place of an exchange: passed by without reading them. */
const NO_EXCHANGE_KEYS: ReadonlySet<string> = new Set([
  OPERATOR_STEPS,
  ALERTS_KEY,
  CONTAINMENTS_KEY,
  IDENTITY_KEY,
  CANARY_KEY,
]);
/** What stands under an id of its own that is no exchange's. */
const NO_EXCHANGE: ReadonlySet<AuditRecord['kind'] | undefined> = new Set([
  'policy-set',
  'retention',
  'grant',
  'entity',
  'authorization',
  'admin',
  'signal',
]);

/**
 * The newest exchanges, newest first, by where their first record stands; of what was archived, nothing. A page of a tenant may hold fewer than
 * there are, or none, and yet not be the last.
 * @throws {SallyportError} `STORE_BROKEN` where the log has a hole; `verifyLog` says more
 * Cost: 30 us a record between the page's ends.
 */
export function listExchanges(reader: RecordReader, query: PageQuery = {}): ExchangePage {
  const { before, limit = 50, tenant } = query;
  const most = Math.min(Math.max(1, Math.trunc(limit)), PAGE_MAX);
  const exchanges: RecordedExchange[] = [];
  const { first } = reader;
  const start = Math.min(before ?? reader.size, reader.size);
  for (let to = start; to > first; to -= LEAVES_PER_STEP) {
    if (tenant !== undefined && start - to >= TENANT_PAGE_LEAVES) return { exchanges, before: to };
    const step = [...reader.leaves(Math.max(first, to - LEAVES_PER_STEP), to)].reverse();
    // Retention may let go of more while another process lists.
    if (step.length === 0 && to <= reader.first) break;
    if (step.length === 0) throw new SallyportError('STORE_BROKEN', { detail: `leaf ${to - 1} is missing` });
    for (const { index, key } of step) {
      if (key === undefined || NO_EXCHANGE_KEYS.has(key)) continue;
      const found = [...reader.find(key)];
      if (found[0]?.index !== index) continue;
      const records = found.map(({ leaf }) => decodeRecord(leaf));
      if (NO_EXCHANGE.has(records[0]?.kind) || !(tenant === undefined || isOfTenant(records, tenant))) continue;
      exchanges.push({ exchange: key, index, records });
      if (exchanges.length === most) return index <= first ? { exchanges } : { exchanges, before: index };
    }
  }
  return { exchanges };
}

/**
 * The leaves as text, exactly as stored: a line each, without its line feed. SHA-256 of a zero byte and the line is the
 * leaf's hash, so that a whole export can be checked against a signed head without this program.
 */
export function* exportLines(reader: RecordReader, filter: RecordFilter = {}): Generator<string> {
  const { from = 0, to, exchange, kind } = filter;
  if (exchange === undefined && kind === undefined) {
    for (const leaf of reader.read(from, to)) yield Buffer.from(leaf).toString('utf8');
    return;
  }
  for (const { index } of readRecords(reader, filter)) {
    for (const leaf of reader.read(index, index + 1)) yield Buffer.from(leaf).toString('utf8');
  }
}
