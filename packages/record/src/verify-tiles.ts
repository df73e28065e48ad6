import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LeafIndex, TileFiles } from '@sallyport/core';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { cosignedAt } from './cosignature.ts';
import { decodeBundle } from './entry-bundle.ts';
import { CHECKPOINT_PATH } from './export-tiles.ts';
import { CompactRange, HASH_BYTES, leafHash, rootOf } from './merkle-tree.ts';
import { isNoteSigned, type VerifierKey } from './signed-note.ts';
import { nodesAt, TILE_LEVELS, TILE_WIDTH, type TileAt, tilePath, tilesOf } from './tile-path.ts';

export type TilesProblem =
  | { readonly kind: 'checkpoint-missing' }
  | { readonly kind: 'checkpoint-unsigned' }
  /** A witness that was asked for did not sign the checkpoint. */
  | { readonly kind: 'not-witnessed'; readonly witness: string }
  /** No file holds the leaves from `from` (inclusive) to `to` (exclusive), or one that can't be read. */
  | { readonly kind: 'entries-missing'; readonly from: number; readonly to: number }
  /** The leaf is not the one whose hash the tile has. */
  | { readonly kind: 'leaf-edited'; readonly index: number }
  /** The tile is not there, or does not hold what the leaves lead to. */
  | { readonly kind: 'tile-wrong'; readonly level: number; readonly tile: number }
  /** All is in its place, and does not lead to the root that was signed: leaves and tiles were changed alike. */
  | { readonly kind: 'root-differs'; readonly size: number }
  | KeptProblem;

/** What a checkpoint that was kept elsewhere shows of a copy of the log. */
export type KeptProblem =
  /** It is not one of this log. */
  | { readonly kind: 'head-unsigned'; readonly size: number }
  /** It covers `to` leaves, and the copy ends at `from`. */
  | { readonly kind: 'rolled-back'; readonly from: number; readonly to: number }
  /** It has this size and another root: there are two histories. */
  | { readonly kind: 'forked'; readonly size: number };

export interface TilesReport {
  readonly ok: boolean;
  /** Leaves that the checkpoint covers. */
  readonly leaves: number;
  /** First in the log first; at most `TILES_PROBLEMS_MAX`. */
  readonly problems: readonly TilesProblem[];
  readonly problemsTotal: number;
}

export const TILES_PROBLEMS_MAX = 100;

export interface TilesCheckOptions {
  readonly log: VerifierKey;
  /** All of them must have cosigned the checkpoint. */
  readonly witnesses?: readonly VerifierKey[];
  /** Checkpoints of this log that were kept elsewhere: the copy must hold what they cover. */
  readonly kept?: readonly Checkpoint[];
  /** Told of each leaf that is there, in order. */
  readonly onLeaf?: (index: LeafIndex, leaf: Uint8Array) => void;
  readonly onProgress?: (leaves: number) => void;
}

/** Bundles in a row that are not there, after which no more are looked for: a checkpoint may speak of more leaves than could ever be read. */
export const BUNDLES_MISSING_MAX = 1_000;

/** Checks a folder of tiles against the checkpoint in it, leaf by leaf; nothing else is needed. Cost: 6 us a leaf. */
export async function verifyTiles(files: TileFiles, options: TilesCheckOptions): Promise<TilesReport> {
  const check = new FolderCheck(files);
  const bytes = await files.read(CHECKPOINT_PATH);
  const checkpoint = bytes && parseCheckpoint(Buffer.from(bytes).toString('utf8'));
  if (checkpoint === undefined) {
    check.found({ kind: 'checkpoint-missing' });
    return check.report(0);
  }
  check.signatures(checkpoint, options);
  await check.leaves(checkpoint, options);
  return check.report(checkpoint.size);
}

class FolderCheck {
  readonly #files: TileFiles;
  readonly #tree = new CompactRange();
  readonly #problems: TilesProblem[] = [];
  #problemsTotal = 0;
  /** Of each level from 1 on, the roots of the tiles below. */
  #above: Uint8Array[] = [];
  /** What was kept, smallest first, as far as it is not reached yet. */
  #kept: Checkpoint[] = [];

  constructor(files: TileFiles) {
    this.#files = files;
  }

  signatures(checkpoint: Checkpoint, { log, witnesses = [], kept = [] }: TilesCheckOptions): void {
    if (checkpoint.origin !== log.name || !isNoteSigned(checkpoint, log)) this.found({ kind: 'checkpoint-unsigned' });
    for (const witness of witnesses) {
      if (cosignedAt(checkpoint, witness) === undefined) this.found({ kind: 'not-witnessed', witness: witness.name });
    }
    for (const each of kept) {
      if (each.origin === log.name && isNoteSigned(each, log)) this.#kept.push(each);
      else this.found({ kind: 'head-unsigned', size: each.size });
    }
    this.#kept.sort((a, b) => a.size - b.size);
    const from = checkpoint.size;
    const beyond = this.#kept.filter(({ size }) => size > from);
    for (const { size: to } of beyond) this.found({ kind: 'rolled-back', from, to });
    this.#kept.length -= beyond.length;
  }

  #checkKept(): void {
    for (let [next] = this.#kept; next !== undefined && next.size <= this.#tree.size; [next] = this.#kept) {
      this.#kept.shift();
      const isSame = next.size === this.#tree.size && Buffer.compare(this.#tree.root(), next.root) === 0;
      if (!isSame) this.found({ kind: 'forked', size: next.size });
    }
  }

  async leaves({ size, root }: Checkpoint, { onLeaf, onProgress }: TilesCheckOptions): Promise<void> {
    let whole = true;
    let missing = 0;
    this.#checkKept();
    for (const at of tilesOf('entries', size)) {
      const from = at.n * TILE_WIDTH;
      const to = from + at.width;
      const leaves = await this.#bundle(at);
      missing = leaves === undefined ? missing + 1 : 0;
      if (leaves === undefined) {
        whole = false;
        // Nobody can tell any more what the leaves lead to.
        this.#kept = [];
        const isLast = missing === BUNDLES_MISSING_MAX;
        this.found({ kind: 'entries-missing', from, to: isLast ? size : to });
        if (isLast) return;
      }
      for (const [k, leaf] of (leaves ?? []).entries()) onLeaf?.(from + k, leaf);
      onProgress?.(to);
      await nextTurn();
    }
    if (!whole) return;
    for (let level = 1; level < TILE_LEVELS && nodesAt(level, size) > 0; level += 1) await this.#level(level, size);
    if (Buffer.compare(this.#tree.root(), root) !== 0) this.found({ kind: 'root-differs', size });
  }

  /** @returns its leaves; undefined where not all of them are there */
  async #bundle({ n, width }: TileAt): Promise<readonly Uint8Array[] | undefined> {
    const from = n * TILE_WIDTH;
    const bundle = decodeBundle((await this.#read({ level: 'entries', n, width })) ?? Buffer.alloc(0)) ?? [];
    if (bundle.length < width) return undefined;
    const leaves = bundle.slice(0, width);
    const hashes = leaves.map(leafHash);
    const tile = await this.#read({ level: 0, n, width });
    if (tile === undefined || tile.byteLength < width * HASH_BYTES) {
      this.found({ kind: 'tile-wrong', level: 0, tile: n });
    }
    for (const [k, hash] of hashes.entries()) {
      this.#tree.append(hash);
      this.#checkKept();
      const stored = tile?.subarray(k * HASH_BYTES, (k + 1) * HASH_BYTES);
      if (stored?.byteLength === HASH_BYTES && Buffer.compare(stored, hash) !== 0) {
        this.found({ kind: 'leaf-edited', index: from + k });
      }
    }
    if (width === TILE_WIDTH) this.#above.push(rootOf(hashes));
    return leaves;
  }

  async #level(level: number, size: number): Promise<void> {
    const nodes = this.#above;
    this.#above = [];
    for (const { n, width } of tilesOf(level, size)) {
      const right = nodes.slice(n * TILE_WIDTH, n * TILE_WIDTH + width);
      const tile = await this.#read({ level, n, width });
      const same =
        tile !== undefined && Buffer.compare(tile.subarray(0, width * HASH_BYTES), Buffer.concat(right)) === 0;
      if (!same) this.found({ kind: 'tile-wrong', level, tile: n });
      if (width === TILE_WIDTH) this.#above.push(rootOf(right));
    }
  }

  /** A partial tile may have been replaced by the full one, which begins alike. */
  async #read(at: TileAt): Promise<Uint8Array | undefined> {
    return (await this.#files.read(tilePath(at))) ?? this.#files.read(tilePath({ ...at, width: TILE_WIDTH }));
  }

  report(leaves: number): TilesReport {
    const problemsTotal = this.#problemsTotal;
    return { ok: problemsTotal === 0, leaves, problems: this.#problems, problemsTotal };
  }

  found(problem: TilesProblem): void {
    this.#problemsTotal += 1;
    if (this.#problems.length < TILES_PROBLEMS_MAX) this.#problems.push(problem);
  }
}
