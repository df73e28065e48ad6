import type { KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RETENTION_KEY, type Recorder, type RecordStore, SallyportError, type TileFiles } from '@sallyport/core';
import { decodeBundle } from './entry-bundle.ts';
import { exportTiles } from './export-tiles.ts';
import { leafHash } from './merkle-tree.ts';
import { decodeRecord } from './record-codec.ts';
import { repeatShreds } from './repeat-shreds.ts';
import { archivedTo, DAY_MS, lastRetention, type RetentionTerms, requireLock } from './retention-terms.ts';
import { TILE_WIDTH, tilePath } from './tile-path.ts';

export interface RetentionOptions {
  readonly store: RecordStore;
  /** Where its own records go: the log of this store. */
  readonly recorder: Recorder;
  /** Where leaves go. */
  readonly files: TileFiles;
  readonly terms: RetentionTerms;
  readonly publicKey: KeyObject;
  readonly origin: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly iso: () => string;
}

export interface RetentionRun {
  /** Leaves whose bytes have left the store in this run. */
  readonly dropped: number;
  /** Index of the first leaf whose bytes are in the store. */
  readonly first: number;
}

/** Bundles of 256 leaves that one run lets go at most; the rest waits for the next. */
const BUNDLES_PER_RUN = 4_096;

export interface Retention {
  /**
   * Writes the log's tiles to the archive, and lets leaves go that are older than the terms say: only bundles that were read back from
   * the archive and lead to the log's own hashes, and only after the log says so, and states again what they say was erased. A run that was
   * broken off anywhere is finished by the next.
   * @throws {SallyportError} `STORE_BROKEN` where the archive or the store fails, `RECORD_FAILED`
   */
  run(): Promise<RetentionRun>;
}

/**
 * Puts the terms into force: writes them into the log unless they are there.
 * @throws {SallyportError} `CONFIG_INVALID` where a lock forbids them, `RECORD_FAILED`
 */
export async function openRetention(options: RetentionOptions): Promise<Retention> {
  const { store, recorder, terms, iso } = options;
  const before = lastRetention(store);
  requireLock(before, terms);
  if (before?.days !== terms.days || before.lock !== terms.lock) {
    const base = { v: 1, kind: 'retention', exchange: RETENTION_KEY, at: iso() } as const;
    await recorder.append({ ...base, step: 'set', ...terms });
  }
  return { run: () => run(options) };
}

async function run(options: RetentionOptions): Promise<RetentionRun> {
  const { store } = options;
  const begin = store.first;
  const head = (await exportTiles({ ...options, reader: store })).head;
  // What an earlier run said and did not finish.
  let to = Math.min(archivedTo(store), head?.size ?? 0);
  await requireArchived(options, begin, to);
  if (to <= begin) {
    const plan = await planned(options, begin, Math.min(head?.size ?? 0, store.mark()?.size ?? 0));
    to = plan.to;
    // INVARIANT: before the log says that they may go. A run that finds that said has nothing to repeat.
    if (plan.newest !== undefined) {
      await repeatShreds(options, to);
      await announce(options, to, plan.newest);
    }
  }
  while (store.first < to) await store.drop(to);
  return { dropped: Math.max(0, to - begin), first: store.first };
}

/** How far leaves may go. Not beyond recovery's mark: what it has not read yet may hold exchanges that are still open. */
async function planned(
  options: RetentionOptions,
  begin: number,
  end: number,
): Promise<{ readonly to: number; readonly newest: string | undefined }> {
  const { terms, iso } = options;
  const youngestMs = Date.parse(iso()) - terms.days * DAY_MS;
  let to = begin;
  let newest: string | undefined;
  const last = Math.min(end, begin + BUNDLES_PER_RUN * TILE_WIDTH);
  for (; to + TILE_WIDTH <= last; to += TILE_WIDTH) {
    const times = (await archivedLeaves(options, to)).map((leaf) => decodeRecord(leaf).at);
    const latest = times.reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));
    if (!(Date.parse(latest) <= youngestMs)) break;
    newest = newest === undefined || Date.parse(latest) > Date.parse(newest) ? latest : newest;
    await nextTurn();
  }
  return { to, newest };
}

function announce({ recorder, terms, iso }: RetentionOptions, to: number, newest: string): Promise<void> {
  const base = { v: 1, kind: 'retention', exchange: RETENTION_KEY, at: iso() } as const;
  return recorder.append({ ...base, step: 'archived', ...terms, to, newest });
}

async function requireArchived(options: RetentionOptions, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += TILE_WIDTH) await archivedLeaves(options, at);
}

/** The bundle at `from` as the archive has it; each leaf leads to the hash that the store has. */
async function archivedLeaves({ files, store }: RetentionOptions, from: number): Promise<readonly Uint8Array[]> {
  const path = tilePath({ level: 'entries', n: from / TILE_WIDTH, width: TILE_WIDTH });
  const leaves = decodeBundle((await files.read(path)) ?? Buffer.alloc(0)) ?? [];
  const hashes = [...store.nodes(0, from, from + TILE_WIDTH)];
  const isWhole =
    leaves.length === TILE_WIDTH &&
    hashes.length === TILE_WIDTH &&
    leaves.every((leaf, n) => Buffer.compare(leafHash(leaf), hashes[n] ?? Buffer.alloc(0)) === 0);
  if (isWhole) return leaves;
  throw new SallyportError('STORE_BROKEN', { detail: `archive file ${path} does not hold the leaves of the log` });
}
