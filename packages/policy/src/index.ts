export { compareSets, type PolicyPart, type PolicySetDifference } from './compare-sets.ts';
export { keyIdOf, type Signer } from './dsse.ts';
export { CedarPolicyEngine, type Coverage } from './engine.ts';
export type { Fact, FactsRead } from './facts-read.ts';
export {
  type LoadOptions,
  type LoadResult,
  loadPolicySets,
  MAX_POLICIES,
  MAX_SOURCE_CHARS,
  type PolicySources,
} from './load.ts';
export {
  BUNDLE_NAME,
  type BundleClaims,
  bundleProblem,
  checkBundle,
  claimedVersion,
  signBundle,
} from './policy-bundle.ts';
export {
  BUNDLE_FILE,
  CHANGE_FILE,
  type FolderReading,
  loadPolicyFolder,
  MAX_FILES_PER_SET,
  readPolicyFolder,
} from './policy-folder.ts';
export { PolicyHolder, type PolicyStatus } from './policy-holder.ts';
export type { GuardEffect, LoadedPolicy, PolicyInfo } from './policy-info.ts';
export { type ProbeReport, type ProbeResult, type ProbeScene, probe, probeQuestion } from './probe.ts';
export { describeProblem, type PolicyProblem, type PolicyProblemCode } from './problem.ts';
export { promotedText, promotionProblem } from './promote-policy.ts';
export type { RedactTarget } from './redact-target.ts';
export { readStarterPack, STARTER_PACKS, type StarterPack, starterFolder } from './starter.ts';
export type { PolicySetName, PolicySource } from './statement.ts';
export type { PolicyBundle } from './vouched-bundle.ts';
export { type PolicyFolderWatch, watchPolicyFolder } from './watch-policy-folder.ts';
