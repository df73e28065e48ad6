export { type EmbeddedAccess, openAccessStore } from './embedded/access-store.ts';
export { type EmbeddedApprovals, openApprovals } from './embedded/approval-store.ts';
export { type EmbeddedAuthorizations, openAuthorizations } from './embedded/authorization-store.ts';
export {
  BASELINE_MAX_BYTES,
  BASELINE_NAME,
  type BaselineFolder,
  openBaselineFolder,
} from './embedded/baseline-folder.ts';
export {
  type BudgetCountersOptions,
  type EmbeddedBudgetCounters,
  openBudgetCounters,
} from './embedded/budget-counters.ts';
export { type BundleFloor, type BundleMark, openBundleFloor } from './embedded/bundle-floor.ts';
export { type EmbeddedFeedback, openFeedback, readFeedback } from './embedded/feedback-store.ts';
export { type FolderLock, lockDataFolder } from './embedded/folder-lock.ts';
export { type InstallKeys, type InstallOptions, openInstallKeys } from './embedded/install-keys.ts';
export { createKeyEncryption, KEY_ENCRYPTION_KEYS_MAX } from './embedded/key-encryption.ts';
export { openKeyStore, openOperatorStore } from './embedded/key-store.ts';
export { type EmbeddedLedger, type LedgerOptions, openLedger } from './embedded/ledger-store.ts';
export { type LogCursor, openLogCursor } from './embedded/log-cursor.ts';
export { type EmbeddedMemories, type MemoryStoreOptions, openMemoryStore } from './embedded/memory-store.ts';
export { openPackFolder, type PackFolder } from './embedded/pack-folder.ts';
export { openPayloadStore, PAYLOADS_FILE, type PayloadStoreOptions } from './embedded/payload-store.ts';
export { publishFile } from './embedded/publish-file.ts';
export { openRecordReader } from './embedded/record-reader.ts';
export { openRecordStore, type RecordStoreOptions } from './embedded/record-store.ts';
export { openTileFolder } from './embedded/tile-folder.ts';
export { type EmbeddedToolPins, openToolPins } from './embedded/tool-pin-store.ts';
export {
  type EmbeddedWitnessState,
  openWitnessKeys,
  openWitnessState,
  type WitnessKeys,
} from './embedded/witness-store.ts';
