import type { RecordReader, StoredTile } from '@sallyport/core';
import { HASH_BYTES, rootOf } from './merkle-tree.ts';
import { TILE_WIDTH } from './tile-path.ts';

export type TileProblem =
  | { readonly kind: 'tile-missing'; readonly level: number; readonly tile: number }
  /** The tile does not hold what the leaves lead to: proofs out of it would not hold. */
  | { readonly kind: 'tile-edited'; readonly level: number; readonly tile: number };

/** Holds the stored tiles against the hashes of the leaves, as these go by. Cost: 1 us a leaf. */
export class TileCheck {
  readonly #reader: RecordReader;
  readonly #levels: { n: number; hashes: Uint8Array[] }[] = [];
  #tile: { readonly n: number; readonly found: StoredTile | undefined } | undefined;

  constructor(reader: RecordReader) {
    this.#reader = reader;
  }

  /** Whether the tile has another hash for this leaf; a tile that is missing has none. */
  differs(index: number, hash: Uint8Array): boolean {
    const n = Math.floor(index / TILE_WIDTH);
    if (this.#tile?.n !== n) this.#tile = { n, found: this.#reader.tile(0, n) };
    const { found } = this.#tile;
    if (found === undefined) return false;
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    return Buffer.compare(hash, found.hashes.subarray(at, at + HASH_BYTES)) !== 0;
  }

  /** Takes the next leaf's hash; says which stored tiles are wrong that it completes. */
  append(hash: Uint8Array): readonly TileProblem[] {
    const problems: TileProblem[] = [];
    let node = hash;
    for (let level = 0; ; level += 1) {
      const growing = this.#levels[level] ?? { n: 0, hashes: [] };
      this.#levels[level] = growing;
      growing.hashes.push(node);
      if (growing.hashes.length < TILE_WIDTH) return problems;
      node = rootOf(growing.hashes);
      const kind = problemOf(this.#reader.tile(level, growing.n), {
        hashes: Buffer.concat(growing.hashes),
        root: node,
      });
      if (kind !== undefined) problems.push({ kind, level, tile: growing.n });
      growing.n += 1;
      growing.hashes = [];
    }
  }
}

function problemOf(found: StoredTile | undefined, right: StoredTile): TileProblem['kind'] | undefined {
  if (found === undefined) return 'tile-missing';
  const same = Buffer.compare(found.root, right.root) === 0 && Buffer.compare(found.hashes, right.hashes) === 0;
  return same ? undefined : 'tile-edited';
}
