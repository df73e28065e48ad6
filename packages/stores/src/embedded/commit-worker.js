import { hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { errorCode, Sqlite } from './sqlite.js';
import { TILE_WIDTH, TileWriter } from './tile-writer.js';

/**
 * The thread that commits, so that the disk's flush does not hold up the event loop. It takes one batch at a time and
 * answers each with one message. After a failure it opens the file anew and counts again: whatever the failed commit
 * left behind, the next index is the right one.
 *
 * @typedef {object} Batch
 * @property {Uint8Array} bytes the leaves, one after the other
 * @property {readonly number[]} lengths of each leaf, bytes
 * @property {readonly (string | null)[]} keys of each leaf
 * @property {readonly (readonly [size: number, root: string, at: string, origin: string, signature: string])[]} heads
 * @property {string | null} mark JSON
 * @property {readonly (readonly [size: number, witness: string, line: string])[]} cosignatures
 * @property {number} drop leaves before this index lose their bytes; 0 for none
 */
/** @typedef {{ ok: true, first: number } | { ok: false, code: string }} Committed */
/** @typedef {{ path: string, options: import('./sqlite.js').SqliteOptions }} WorkerSettings */

/** @type {WorkerSettings} */
const settings = workerData;
const port = parentPort;
/** RFC 6962: what sets a leaf's hash apart from a node's. */
const LEAF_PREFIX = 0;

/** @param {Sqlite} db */
function writerOf(db) {
  return {
    db,
    next: Number(db.statement('SELECT coalesce(max(i) + 1, 0) FROM leaves').get([])?.[0]),
    begin: db.statement('BEGIN IMMEDIATE'),
    commit: db.statement('COMMIT'),
    leaf: db.statement('INSERT INTO leaves (i, leaf, hash, key) VALUES (?, ?, ?, ?)'),
    head: db.statement('INSERT INTO heads (size, root, at, origin, signature) VALUES (?, ?, ?, ?, ?)'),
    mark: db.statement('INSERT OR REPLACE INTO mark (id, mark) VALUES (1, ?)'),
    cosignature: db.statement('INSERT OR REPLACE INTO cosignatures (size, witness, line) VALUES (?, ?, ?)'),
    tiled: db.statement('SELECT count(*) FROM tiles WHERE level = 0 AND n < ?'),
    dropLeaves: db.statement('DELETE FROM leaves WHERE i < ?'),
    dropHeads: db.statement(
      'DELETE FROM heads WHERE size <= ? AND size NOT IN (SELECT size FROM cosignatures) AND n < (SELECT max(n) FROM heads)',
    ),
    tiles: new TileWriter(db),
  };
}

/** @type {ReturnType<typeof writerOf> | undefined} */
let writer;

/**
 * @param {ReturnType<typeof writerOf>} to
 * @param {Batch} batch
 */
function write(to, batch) {
  const first = to.next;
  const prefixed = Buffer.alloc(1 + Math.max(0, ...batch.lengths), LEAF_PREFIX);
  let offset = 0;
  to.begin.run([]);
  batch.lengths.forEach((length, n) => {
    const leaf = batch.bytes.subarray(offset, offset + length);
    prefixed.set(leaf, 1);
    const hashOfLeaf = hash('sha256', prefixed.subarray(0, 1 + length), 'buffer');
    to.leaf.run([first + n, leaf, hashOfLeaf, batch.keys[n] ?? null]);
    to.tiles.append(hashOfLeaf);
    offset += length;
  });
  for (const head of batch.heads) to.head.run(head);
  if (batch.mark !== null) to.mark.run([batch.mark]);
  for (const cosignature of batch.cosignatures) to.cosignature.run(cosignature);
  if (batch.drop > 0) drop(to, batch.drop);
  to.commit.run([]);
  to.next = first + batch.lengths.length;
  return first;
}

/**
 * A leaf's bytes go only where its hash stays behind.
 * @param {ReturnType<typeof writerOf>} from
 * @param {number} before
 */
function drop(from, before) {
  if (before >= from.next) throw new TypeError('the last leaf stays');
  if (Number(from.tiled.get([before / TILE_WIDTH])?.[0]) !== before / TILE_WIDTH)
    throw new TypeError('tiles are missing');
  from.dropLeaves.run([before]);
  from.dropHeads.run([before]);
}

/**
 * @param {Batch} batch
 * @returns {Committed}
 */
function commit(batch) {
  try {
    writer ??= writerOf(new Sqlite(settings.path, settings.options));
    return { ok: true, first: write(writer, batch) };
  } catch (error) {
    const code = errorCode(error);
    abandon();
    return { ok: false, code };
  }
}

/** Closing rolls back what is open; a file that cannot even be closed is given up. */
function abandon() {
  const db = writer?.db;
  writer = undefined;
  try {
    db?.close();
  } catch {
    // The batch has failed already, and its code is on its way to whoever asked.
  }
}

port?.on('message', (/** @type {Batch | 'close'} */ message) => {
  if (message !== 'close') {
    port.postMessage(commit(message));
    return;
  }
  abandon();
  port.close();
});
