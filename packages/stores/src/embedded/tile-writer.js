import { hash } from 'node:crypto';

/**
 * Keeps the tiles of the tree beside the leaves, in the transaction that adds them: of each level the hashes that fill no tile yet
 * wait in memory, and are found again in the rows when the file is opened. JavaScript for the same reason as `sqlite.js`.
 * Source of the tiles: C2SP tlog-tiles; of the hashes: RFC 9162, section 2.1.
 */

/** Hashes of a full tile. */
export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;
/** RFC 9162: what sets a node's hash apart from a leaf's. */
const NODE_PREFIX = 1;
/** Rows that are read at a time while tiles are made up for. */
const ROWS_PER_QUERY = 4_096;

/** @param {Uint8Array} left @param {Uint8Array} right */
function nodeHash(left, right) {
  const prefixed = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  prefixed[0] = NODE_PREFIX;
  prefixed.set(left, 1);
  prefixed.set(right, 1 + HASH_BYTES);
  return hash('sha256', prefixed, 'buffer');
}

/** Root over the hashes of a full tile. @param {readonly Uint8Array[]} hashes */
function tileRoot(hashes) {
  let row = [...hashes];
  while (row.length > 1) {
    const above = [];
    for (let at = 0; at + 1 < row.length; at += 2) {
      above.push(nodeHash(/** @type {Uint8Array} */ (row[at]), /** @type {Uint8Array} */ (row[at + 1])));
    }
    row = above;
  }
  return /** @type {Uint8Array} */ (row[0]);
}

/** @typedef {{ n: number, hashes: Uint8Array[] }} Growing the tile of a level that is not full yet, and its number */

export class TileWriter {
  #db;
  #insert;
  /** @type {Growing[]} by level */
  #growing = [];
  /** Leaves whose hashes are in tiles or wait for one. */
  #leaves = 0;
  /** A log with a hole gets no tiles from there on: verification names the hole. */
  #stopped = false;

  /**
   * Finds out what waits, and makes the tiles of leaves that were written before there were any: by an older layout.
   * Cost: two queries; 3 us for each leaf without a tile.
   * @param {import('./sqlite.js').Sqlite} db
   */
  constructor(db) {
    this.#db = db;
    this.#insert = db.statement('INSERT INTO tiles (level, n, root, hashes) VALUES (?, ?, ?, ?)');
    const next = db.statement('SELECT coalesce(max(n) + 1, 0) FROM tiles WHERE level = ?');
    const roots = db.statement('SELECT CAST(root AS BLOB) FROM tiles WHERE level = ? AND n >= ? ORDER BY n');
    for (let level = 0, n = 1; n > 0; level += 1) {
      n = Number(next.get([level])?.[0]);
      const waiting = level === 0 ? [] : roots.all([level - 1, n * TILE_WIDTH]);
      this.#growing.push({ n, hashes: waiting.map(([root]) => /** @type {Uint8Array} */ (root)) });
    }
    this.#leaves = (this.#growing[0]?.n ?? 0) * TILE_WIDTH;
    this.#catchUp();
  }

  /** Adds the next leaf's hash, and every tile that it fills. @param {Uint8Array} leafHash */
  append(leafHash) {
    if (this.#stopped) return;
    this.#leaves += 1;
    this.#push(0, leafHash);
  }

  #catchUp() {
    const page = this.#db.statement('SELECT i, CAST(hash AS BLOB) FROM leaves WHERE i >= ? ORDER BY i LIMIT ?');
    for (;;) {
      const rows = page.all([this.#leaves, ROWS_PER_QUERY]);
      if (rows.length === 0 || this.#stopped) return;
      this.#db.exec('BEGIN IMMEDIATE');
      for (const [index, leafHash] of rows) {
        if (index !== this.#leaves) this.#stopped = true;
        this.append(/** @type {Uint8Array} */ (leafHash));
      }
      this.#db.exec('COMMIT');
    }
  }

  /** @param {number} level @param {Uint8Array} node */
  #push(level, node) {
    this.#growing[level] ??= { n: 0, hashes: [] };
    const growing = this.#growing[level];
    growing.hashes.push(node);
    if (growing.hashes.length < TILE_WIDTH) return;
    const root = tileRoot(growing.hashes);
    this.#insert.run([level, growing.n, root, Buffer.concat(growing.hashes)]);
    growing.n += 1;
    growing.hashes = [];
    this.#push(level + 1, root);
  }
}
