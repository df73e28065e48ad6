/** What an auditor checks with files and keys alone: no data folder, no gateway. */
import {
  type Checkpoint,
  type GrowthProblem,
  growthProblems,
  type ProofProblem,
  parseTlogProof,
  proofProblems,
  type TilesCheckOptions,
  type TilesReport,
  type VerifierKey,
  verifyTiles,
} from '@sallyport/record';
import { openTileFolder } from '@sallyport/stores';

export {
  type Checkpoint,
  ED25519,
  headIn,
  parseCheckpoint,
  parseVkey,
  type TilesReport,
  type VerifierKey,
  verifierKey,
} from '@sallyport/record';

/** What is wrong with a `tlog-proof` file; nothing, when the leaf is in the log. */
export function checkProof(
  text: string,
  check: { readonly leaf: Uint8Array; readonly log: VerifierKey; readonly witnesses: readonly VerifierKey[] },
): readonly (ProofProblem | 'not-a-proof')[] {
  const proof = parseTlogProof(text);
  return proof === undefined ? ['not-a-proof'] : proofProblems(proof, check);
}

/** What is wrong with a proof that a log grew from an older checkpoint. */
export function checkGrowth(text: string, old: Checkpoint, log: VerifierKey): readonly GrowthProblem[] {
  return growthProblems(text, { old, log });
}

/** Checks a folder of tiles against its checkpoint. */
export function checkTiles(folder: string, check: TilesCheckOptions): Promise<TilesReport> {
  return verifyTiles(openTileFolder(folder), check);
}
