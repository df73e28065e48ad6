export { type AuditClock, type AuditLog, type AuditLogOptions, createAuditLog } from './audit-log.ts';
export {
  type Consistency,
  consistencyProof,
  type Inclusion,
  inclusionProof,
  type LeafHashes,
  verifyConsistency,
  verifyInclusion,
} from './merkle-proof.ts';
export { leafHash, rootOf } from './merkle-tree.ts';
export {
  type ExchangePage,
  exportLines,
  type IndexedRecord,
  listExchanges,
  PAGE_MAX,
  type PageQuery,
  type RecordedExchange,
  type RecordFilter,
  readRecords,
} from './read-records.ts';
export { decodeRecord, encodeRecord } from './record-codec.ts';
export { headText, isSigned } from './tree-head.ts';
export { type LogProblem, type LogReport, PROBLEMS_MAX, type VerifyOptions, verifyLog } from './verify-log.ts';
