import type { KeyObject } from 'node:crypto';
import { type RecordReader, SallyportError, type TileFiles, type TreeHead } from '@sallyport/core';
import { type Checkpoint, checkpointText } from './checkpoint.ts';
import { decodeBundle } from './entry-bundle.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
import { leafHash } from './merkle-tree.ts';
import { rangeRootIn } from './range-root.ts';
import { isNoteSigned, type VerifierKey } from './signed-note.ts';
import { TILE_WIDTH, tilePath } from './tile-path.ts';
import { tlogProofText } from './tlog-proof.ts';
import { addCheckpointText, parseAddCheckpoint } from './witness.ts';

export interface ProvedLeaf {
  readonly index: number;
  /** As it is stored. */
  readonly leaf: Uint8Array;
  /** A C2SP `tlog-proof` file. */
  readonly proof: string;
}

/**
 * Proves that a leaf is in the log, under the head that most witnesses signed, or the last one where none did.
 * @param archive where leaves are that left the store
 * @throws {SallyportError} `NOT_FOUND` where there is no such leaf or no head covers it yet, `STORE_BROKEN` where the store does not lead to its own head
 * Cost: 2 ms, in a log of a million leaves too.
 */
export async function proveLeaf(
  { reader, publicKey, archive }: { reader: RecordReader; publicKey: KeyObject; archive?: TileFiles | undefined },
  index: number,
): Promise<ProvedLeaf> {
  const { head, lines } = provingHead(reader, index);
  const leaf = await leafAt(reader, index, archive);
  const hashes = inclusionProof(rangeRootIn(reader), index, head.size);
  const root = Buffer.from(head.root, 'base64');
  if (!verifyInclusion({ index, size: head.size, leafHash: leafHash(leaf), root, proof: hashes })) {
    throw new SallyportError('STORE_BROKEN', {
      detail: `leaf ${index} does not lead to the root of the head over ${head.size} leaves; \`audit verify\` says more`,
    });
  }
  return { index, leaf, proof: tlogProofText({ index, hashes, checkpoint: checkpointText(head, publicKey, lines) }) };
}

/** Heads that witnesses signed, those with most of them first; then the last of all. */
function provingHead(reader: RecordReader, index: number): { head: TreeHead; lines: readonly string[] } {
  const bySize = new Map<number, string[]>();
  for (const { size, line } of reader.cosignatures()) bySize.set(size, [...(bySize.get(size) ?? []), line]);
  const sizes = [...bySize.keys()].filter((size) => size > index);
  const most = Math.max(0, ...sizes.map((size) => bySize.get(size)?.length ?? 0));
  const wanted = sizes.filter((size) => bySize.get(size)?.length === most).sort((a, b) => b - a)[0];
  if (wanted !== undefined) {
    for (const head of reader.heads()) {
      if (head.size === wanted) return { head, lines: bySize.get(wanted) ?? [] };
    }
  }
  const head = reader.head();
  if (head !== undefined && head.size > index) return { head, lines: bySize.get(head.size) ?? [] };
  throw new SallyportError('NOT_FOUND', { detail: `no signed head covers leaf ${index}` });
}

async function leafAt(reader: RecordReader, index: number, archive: TileFiles | undefined): Promise<Uint8Array> {
  for (const leaf of reader.read(index, index + 1)) return leaf;
  const n = Math.floor(index / TILE_WIDTH);
  const bundle = await archive?.read(tilePath({ level: 'entries', n, width: TILE_WIDTH }));
  const leaf = bundle && decodeBundle(bundle)?.[index % TILE_WIDTH];
  if (leaf !== undefined) return leaf;
  const where = index < reader.first ? 'was archived, and its archive was not given or does not have it' : 'is missing';
  throw new SallyportError('NOT_FOUND', { detail: `leaf ${index} ${where}` });
}

/**
 * Proves that the log still begins with what an older head covers: a C2SP `add-checkpoint` request, which any witness could check.
 * @throws {SallyportError} `NOT_FOUND` where the log is not that long
 */
export function proveGrowth(
  { reader, publicKey }: { reader: RecordReader; publicKey: KeyObject },
  oldSize: number,
): string {
  const head = reader.head();
  if (head === undefined) throw new SallyportError('NOT_FOUND', { detail: 'the log has no head yet' });
  const proof = consistencyProof(rangeRootIn(reader), oldSize, head.size);
  return addCheckpointText({ oldSize, proof, checkpoint: checkpointText(head, publicKey) });
}

export type GrowthProblem = 'not-a-proof' | 'checkpoint-unsigned' | 'old-checkpoint-unsigned' | 'not-grown-from-it';

/** What is wrong with a proof of growth; nothing, when the newer log begins with the older one. */
export function growthProblems(
  text: string,
  { old, log }: { readonly old: Checkpoint; readonly log: VerifierKey },
): readonly GrowthProblem[] {
  const parsed = parseAddCheckpoint(text);
  if (parsed === undefined) return ['not-a-proof'];
  const { oldSize, proof, checkpoint } = parsed;
  const problems: GrowthProblem[] = [];
  if (checkpoint.origin !== log.name || !isNoteSigned(checkpoint, log)) problems.push('checkpoint-unsigned');
  if (old.origin !== log.name || !isNoteSigned(old, log)) problems.push('old-checkpoint-unsigned');
  const claim = { oldSize, newSize: checkpoint.size, oldRoot: old.root, newRoot: checkpoint.root, proof };
  if (oldSize !== old.size || !verifyConsistency(claim)) problems.push('not-grown-from-it');
  return problems;
}
