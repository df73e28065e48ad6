export { type AuditClock, type AuditLog, type AuditLogOptions, createAuditLog } from './audit-log.ts';
export { type Checkpoint, checkpointText, headIn, parseCheckpoint, parseDecimal } from './checkpoint.ts';
export { cosign, cosignedAt } from './cosignature.ts';
export type { ControlReport, FrameworkReport, Holding, StandingFacts } from './evidence/assess.ts';
export type { Evidence } from './evidence/evidence.ts';
export { builtInFrameworks, type Framework, parseFramework, SETTINGS, type Setting } from './evidence/framework.ts';
export { type PackFiles, type PackParts, writePack } from './evidence/pack.ts';
export type { PackedPolicies } from './evidence/stated-problems.ts';
export {
  type PackChecks,
  type PackProblem,
  type PackReport,
  type PackSource,
  verifyPack,
} from './evidence/verify-pack.ts';
export { exportTiles, type TileExport, type TilesWritten } from './export-tiles.ts';
export { type LogProblem, type LogReport, PROBLEMS_MAX, type Witnessed } from './log-report.ts';
export {
  type Consistency,
  consistencyProof,
  type Inclusion,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './merkle-proof.ts';
export { leafHash, rootOf } from './merkle-tree.ts';
export type { OcsfEvent } from './ocsf/ocsf-event.ts';
export { ocsfEvents } from './ocsf/ocsf-events.ts';
export { type GrowthProblem, growthProblems, type ProvedLeaf, proveGrowth, proveLeaf } from './prove.ts';
export { type RangeRoot, rangeRootIn } from './range-root.ts';
export { type RecordPeriod, readPeriod } from './read-period.ts';
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
export { openRetention, type Retention, type RetentionRun } from './retention.ts';
export { lastRetention, type RetentionTerms } from './retention-terms.ts';
export { type DocumentSigner, readSignedDocument, signDocument } from './signed-document.ts';
export {
  COSIGNATURE,
  ED25519,
  parseSignatureLine,
  parseVkey,
  type VerifierKey,
  verifierKey,
  vkeyText,
} from './signed-note.ts';
export { isOfTenant, tenantIn } from './tenant-in.ts';
export {
  type ProofProblem,
  parseTlogProof,
  proofProblems,
  TLOG_PROOF_MAX_CHARS,
  type TlogProof,
  tlogProofText,
} from './tlog-proof.ts';
export { headText, isSigned } from './tree-head.ts';
export { verifyLog } from './verify-log.ts';
export type { VerifyOptions } from './verify-options.ts';
export { type TilesCheckOptions, type TilesProblem, type TilesReport, verifyTiles } from './verify-tiles.ts';
export {
  ADD_CHECKPOINT_MAX_BYTES,
  addCheckpointText,
  Witness,
  type WitnessAnswer,
  type WitnessedHead,
  type WitnessOptions,
  type WitnessState,
} from './witness.ts';
