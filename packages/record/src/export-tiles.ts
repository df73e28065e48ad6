import type { KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RecordReader, SallyportError, type TileFiles, type TreeHead } from '@sallyport/core';
import { checkpointText, headIn, parseCheckpoint } from './checkpoint.ts';
import { encodeBundle } from './entry-bundle.ts';
import { rangeRootIn } from './range-root.ts';
import { verifierKey } from './signed-note.ts';
import { nodesAt, TILE_LEVELS, TILE_WIDTH, type TileAt, tilePath, tilesOf } from './tile-path.ts';

export const CHECKPOINT_PATH = 'checkpoint';

export interface TileExport {
  readonly reader: RecordReader;
  readonly files: TileFiles;
  readonly publicKey: KeyObject;
  /** The log's name; what is in the folder already must be of it. */
  readonly origin: string;
  /** Told now and then how many leaves are in the folder. */
  readonly onProgress?: (leaves: number) => void;
}

export interface TilesWritten {
  /** The head that the folder's checkpoint has. Undefined for a log without a head: nothing was written. */
  readonly head: TreeHead | undefined;
  /** Files that were written; those that were there were compared. */
  readonly files: number;
}

/**
 * Writes the log up to its last head as C2SP tiles: hashes, leaves, and the checkpoint last, so that a reader finds all that it covers.
 * A folder that holds the log's beginning is gone on with; after a crash in the middle the next call finds its files and goes on.
 * @throws {SallyportError} `STORE_BROKEN` when the folder holds another log or another history, or leaves are neither there nor in the store
 * Cost: 10 us a leaf and two flushes of the disk for 256 of them.
 */
export async function exportTiles(options: TileExport): Promise<TilesWritten> {
  const { reader, files, publicKey } = options;
  const head = reader.head();
  if (head === undefined) return { head, files: 0 };
  const before = await exportedHead(options);
  const from = before?.size ?? 0;
  if (from > head.size) throw broken(`the folder has ${from} leaves, and the log's last head only ${head.size}`);
  const rangeRoot = rangeRootIn(reader);
  requireRoot(before, rangeRoot);
  requireRoot(head, rangeRoot);
  if (reader.first > floorTile(from)) {
    throw broken(`leaves before ${reader.first} were archived: only the archive's own folder can be gone on with`);
  }
  const writer = new TileFilesWriter(files, reader);
  for (const level of levelsOf(head.size)) {
    for (const tile of tilesOf(level, head.size, from)) {
      await writer.place(tile);
      if (level === 'entries') options.onProgress?.(Math.min(head.size, (tile.n + 1) * TILE_WIDTH));
      await nextTurn();
    }
  }
  const lines = Array.from(reader.cosignatures()).filter(({ size }) => size === head.size);
  const text = checkpointText(
    head,
    publicKey,
    lines.map(({ line }) => line),
  );
  await files.write(CHECKPOINT_PATH, Buffer.from(text));
  // Readers of an older checkpoint find the whole tile in place of the part.
  for (const level of levelsOf(head.size)) {
    for (const tile of tilesOf(level, head.size, from)) {
      const isOldPart =
        tile.n === Math.floor(nodesAt(level, from) / TILE_WIDTH) && nodesAt(level, from) % TILE_WIDTH > 0;
      if (isOldPart && tile.width === TILE_WIDTH) await files.removePartial(`${tilePath(tile)}.p`);
    }
  }
  return { head, files: writer.written + 1 };
}

/** The head that a folder's checkpoint has; undefined for a folder without one. */
export async function exportedHead({
  files,
  publicKey,
  origin,
}: Pick<TileExport, 'files' | 'publicKey' | 'origin'>): Promise<TreeHead | undefined> {
  const bytes = await files.read(CHECKPOINT_PATH);
  if (bytes === undefined) return undefined;
  const checkpoint = parseCheckpoint(Buffer.from(bytes).toString('utf8'));
  const head = checkpoint && headIn(checkpoint, verifierKey(origin, publicKey));
  if (head === undefined) throw broken('the checkpoint in the folder is not one of this log');
  return head;
}

class TileFilesWriter {
  readonly #files: TileFiles;
  readonly #reader: RecordReader;
  written = 0;

  constructor(files: TileFiles, reader: RecordReader) {
    this.#files = files;
    this.#reader = reader;
  }

  async place(tile: TileAt): Promise<void> {
    const path = tilePath(tile);
    const there = await this.#files.read(path);
    const bytes = this.#bytes(tile);
    if (there !== undefined) {
      // What was written once is evidence: it is never written over.
      if (Buffer.compare(there, bytes) === 0) return;
      throw broken(`${path} in the folder holds something else`);
    }
    await this.#files.write(path, bytes);
    this.written += 1;
  }

  #bytes({ level, n, width }: TileAt): Uint8Array {
    const [from, to] = [n * TILE_WIDTH, n * TILE_WIDTH + width];
    const rows = level === 'entries' ? [...this.#reader.read(from, to)] : [...this.#reader.nodes(level, from, to)];
    if (rows.length !== width) throw broken(`leaves or hashes from ${from} to ${to} are missing`);
    return level === 'entries' ? encodeBundle(rows) : Buffer.concat(rows);
  }
}

function levelsOf(size: number): readonly TileAt['level'][] {
  const levels = Array.from({ length: TILE_LEVELS }, (_, level) => level).filter((level) => nodesAt(level, size) > 0);
  return ['entries', ...levels];
}

function requireRoot(head: TreeHead | undefined, rangeRoot: (from: number, to: number) => Uint8Array): void {
  if (head === undefined || head.size === 0) return;
  if (Buffer.from(rangeRoot(0, head.size)).toString('base64') === head.root) return;
  throw broken(`the log's first ${head.size} leaves do not lead to the signed root; \`audit verify\` says more`);
}

function floorTile(size: number): number {
  return size - (size % TILE_WIDTH);
}

function broken(detail: string): SallyportError {
  return new SallyportError('STORE_BROKEN', { detail: `tiles were not written: ${detail}` });
}
