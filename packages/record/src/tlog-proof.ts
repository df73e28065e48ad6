import { type Checkpoint, parseCheckpoint, parseDecimal, parseHash } from './checkpoint.ts';
import { cosignedAt } from './cosignature.ts';
import { verifyInclusion } from './merkle-proof.ts';
import { leafHash } from './merkle-tree.ts';
import { isNoteSigned, type VerifierKey } from './signed-note.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** Hashes that lead from a leaf to the root of the largest log. */
export const PROOF_MAX_HASHES = 63;
export const TLOG_PROOF_MAX_CHARS = 131_072;

export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** As the log and its witnesses signed it. */
  readonly checkpoint: Checkpoint;
}

/** The proof as a file. Source: C2SP tlog-proof. */
export function tlogProofText({
  index,
  hashes,
  checkpoint,
}: Omit<TlogProof, 'checkpoint'> & { checkpoint: string }): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `${FIRST_LINE}\nindex ${index}\n${lines.join('')}\n${checkpoint}`;
}

/** Undefined where the text is no proof. Extra data is passed over: nothing vouches for it. */
export function parseTlogProof(text: string): TlogProof | undefined {
  const split = text.indexOf('\n\n');
  if (text.length > TLOG_PROOF_MAX_CHARS || split === -1) return undefined;
  const [first, ...rest] = text.slice(0, split).split('\n');
  const [index = '', ...hashLines] = rest[0]?.startsWith('extra ') === true ? rest.slice(1) : rest;
  const position = index.startsWith('index ') ? parseDecimal(index.slice('index '.length)) : undefined;
  const checkpoint = parseCheckpoint(text.slice(split + 2));
  if (first !== FIRST_LINE || position === undefined || checkpoint === undefined) return undefined;
  const hashes = hashLines.map(parseHash);
  if (hashes.length > PROOF_MAX_HASHES || !hashes.every((hash) => hash !== undefined)) return undefined;
  return { index: position, hashes, checkpoint };
}

export type ProofProblem =
  /** The log's key did not sign the checkpoint, or it is of another log. */
  | 'checkpoint-unsigned'
  /** This leaf is not at this place of the log. */
  | 'leaf-not-there'
  /** A witness that was asked for did not cosign the checkpoint. */
  | 'not-witnessed';

export interface ProofCheck {
  readonly leaf: Uint8Array;
  readonly log: VerifierKey;
  /** All of them must have cosigned. */
  readonly witnesses?: readonly VerifierKey[];
}

/** What is wrong with a proof; nothing, when the leaf is in the log. Cost: 0.1 ms and 0.1 ms for each witness. */
export function proofProblems(proof: TlogProof, { leaf, log, witnesses = [] }: ProofCheck): readonly ProofProblem[] {
  const { index, hashes, checkpoint } = proof;
  const { size, root } = checkpoint;
  const problems: ProofProblem[] = [];
  if (checkpoint.origin !== log.name || !isNoteSigned(checkpoint, log)) problems.push('checkpoint-unsigned');
  if (!verifyInclusion({ index, size, leafHash: leafHash(leaf), root, proof: hashes })) problems.push('leaf-not-there');
  if (witnesses.some((witness) => cosignedAt(checkpoint, witness) === undefined)) problems.push('not-witnessed');
  return problems;
}
