import { join } from 'node:path';
import type {
  Cosignature,
  LeafIndex,
  RecordReader,
  RecoveryMark,
  StoredLeaf,
  StoredTile,
  TreeHead,
} from '@sallyport/core';
import { asBytes, asNumber, bytesOf, optionalTextOf, textOf } from './columns.ts';
import { guarded, openDatabase } from './data-folder.ts';
import type { Row, Sqlite, SqlStatement } from './sqlite.js';
import { HASH_BYTES, TILE_WIDTH } from './tile-writer.js';

export const RECORDS_FILE = 'records.db';
/** 2: tiles of the tree, and what witnesses say. */
export const RECORDS_LAYOUT = 2;

/** Rows are 1 to 4 KB: on pages of 4 KB, SQLite's default, every second one would leave most of its page empty. */
export const RECORDS_PAGE_BYTES = 8_192;

/**
 * Leaves have the log's index as their key, so that their order on disk is the log's; keys repeat: two or more leaves an exchange. In
 * tiles the root stands before the hashes, so that reading roots reads no hashes.
 */
export const RECORDS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS leaves (
    i INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash BLOB NOT NULL, key TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS leaves_by_key ON leaves (key) WHERE key IS NOT NULL;
  CREATE TABLE IF NOT EXISTS heads (
    n INTEGER PRIMARY KEY, size INTEGER NOT NULL, root TEXT NOT NULL, at TEXT NOT NULL, origin TEXT NOT NULL,
    signature TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tiles (
    level INTEGER NOT NULL, n INTEGER NOT NULL, root BLOB NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, n)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS cosignatures (
    witness TEXT PRIMARY KEY, size INTEGER NOT NULL, line TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), mark TEXT NOT NULL) STRICT;
`;

const LEAF = `i, ${asBytes('leaf', 'hash', 'key')}`;
const HEAD = `n, ${asNumber('size')}, ${asBytes('root', 'at', 'origin', 'signature')}`;

/** Rows that one query fetches: reads hold no snapshot open between queries, so the writer's log can always be folded in. */
const ROWS_PER_QUERY = 256;

/** Hashes that one query joins. */
const HASHES_PER_QUERY = 4_096;

/** Rows by their number, `to` exclusive; of one key only, where it is named. */
interface PagedRows {
  readonly key?: string;
  readonly from: number;
  readonly to: number;
}

/** The reading half of the embedded record store; `size` is counted at each call. Reads are synchronous: 4 us a leaf. */
export class EmbeddedRecordReader implements RecordReader {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #statements = new Map<string, SqlStatement>();

  constructor(db: Sqlite, path: string) {
    this.#db = db;
    this.#path = path;
  }

  get size(): number {
    return this.#read(() => Number(this.#statement('SELECT coalesce(max(i) + 1, 0) FROM leaves').get([])?.[0]));
  }

  *leaves(from: LeafIndex, to: LeafIndex = Number.MAX_SAFE_INTEGER): Generator<StoredLeaf> {
    const page = `SELECT ${LEAF} FROM leaves WHERE i >= ? AND i < ? ORDER BY i LIMIT ?`;
    for (const row of this.#pages(page, { from, to })) yield storedLeaf(row);
  }

  *read(from: LeafIndex, to?: LeafIndex): Generator<Uint8Array> {
    for (const { leaf } of this.leaves(from, to)) yield leaf;
  }

  get first(): LeafIndex {
    return this.#read(() => Number(this.#statement('SELECT coalesce(min(i), 0) FROM leaves').get([])?.[0]));
  }

  *nodes(level: number, from: number, to: number): Generator<Uint8Array> {
    let next = from;
    for (; next < to; next = Math.min(to, next - (next % TILE_WIDTH) + TILE_WIDTH)) {
      const tile = this.tile(level, Math.floor(next / TILE_WIDTH));
      if (tile === undefined) break;
      const begin = next % TILE_WIDTH;
      yield* hashesIn(tile.hashes, begin, Math.min(TILE_WIDTH, begin + to - next));
    }
    // What fills no tile yet. No parameter: the level is a number of ours.
    const rows =
      level === 0
        ? 'SELECT hash AS node FROM leaves WHERE i >= ? AND i < ? ORDER BY i'
        : `SELECT root AS node FROM tiles WHERE level = ${level - 1} AND n >= ? AND n < ? ORDER BY n`;
    // In one row: the driver takes 7 us for each, and a proof may need some hundred.
    const joined = `SELECT coalesce(group_concat(hex(node), ''), '') FROM (${rows})`;
    const last = level === 0 ? this.size : Math.floor(this.size / TILE_WIDTH ** level);
    for (const end = Math.min(to, last); next < end; next += HASHES_PER_QUERY) {
      const upTo = Math.min(end, next + HASHES_PER_QUERY);
      const hex = String(this.#read(() => this.#statement(joined).get([next, upTo]))?.[0]);
      const hashes = Buffer.from(hex, 'hex');
      yield* hashesIn(hashes, 0, Math.floor(hashes.byteLength / HASH_BYTES));
    }
  }

  tile(level: number, n: number): StoredTile | undefined {
    const sql = `SELECT ${asBytes('root', 'hashes')} FROM tiles WHERE level = ? AND n = ?`;
    const row = this.#read(() => this.#statement(sql).get([level, n]));
    return row === undefined ? undefined : { root: bytesOf(row[0]), hashes: bytesOf(row[1]) };
  }

  *find(key: string): Generator<StoredLeaf> {
    // The index holds the leaf's place behind its key: a page is read where it begins.
    const page = `SELECT ${LEAF} FROM leaves WHERE key = ? AND i >= ? AND i < ? ORDER BY i LIMIT ?`;
    for (const row of this.#pages(page, { key, from: 0, to: Number.MAX_SAFE_INTEGER })) yield storedLeaf(row);
  }

  *heads(): Generator<TreeHead> {
    const page = `SELECT ${HEAD} FROM heads WHERE n >= ? AND n < ? ORDER BY n LIMIT ?`;
    const last = this.#read(() => Number(this.#statement('SELECT coalesce(max(n), 0) FROM heads').get([])?.[0]));
    for (const row of this.#pages(page, { from: 0, to: last + 1 })) yield treeHead(row);
  }

  head(): TreeHead | undefined {
    const sql = `SELECT ${HEAD} FROM heads ORDER BY n DESC LIMIT 1`;
    const row = this.#read(() => this.#statement(sql).get([]));
    return row === undefined ? undefined : treeHead(row);
  }

  mark(): RecoveryMark | undefined {
    const row = this.#read(() => this.#statement(`SELECT ${asBytes('mark')} FROM mark`).get([]));
    return row === undefined ? undefined : recoveryMark(textOf(row[0]));
  }

  *cosignatures(): Generator<Cosignature> {
    const sql = `SELECT ${asNumber('size')}, ${asBytes('witness', 'line')} FROM cosignatures ORDER BY size, witness`;
    for (const [size, witness, line] of this.#read(() => this.#statement(sql).all([]))) {
      yield { size: Number(size), witness: textOf(witness), line: textOf(line) };
    }
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  *#pages(sql: string, { key, from, to }: PagedRows): Generator<Row> {
    const statement = this.#read(() => this.#statement(sql));
    const about = key === undefined ? [] : [key];
    for (let next = from; next < to; ) {
      const rows = this.#read(() => statement.all([...about, next, to, ROWS_PER_QUERY]));
      yield* rows;
      if (rows.length < ROWS_PER_QUERY) return;
      next = Number(rows.at(-1)?.[0]) + 1;
    }
  }

  /** Prepared once: there are a few, and a proof asks a dozen times. */
  #statement(sql: string): SqlStatement {
    const prepared = this.#statements.get(sql) ?? this.#db.statement(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #read<T>(query: () => T): T {
    return guarded(this.#path, query);
  }
}

/**
 * Opens the records of a data folder for reading, beside a gateway that may be running.
 * @throws {SallyportError} `STORE_BROKEN` when there are none, or a newer release wrote them
 */
export function openRecordReader(dataFolder: string): RecordReader {
  const path = join(dataFolder, RECORDS_FILE);
  const db = openDatabase({ path, version: RECORDS_LAYOUT, options: { readOnly: true } });
  return new EmbeddedRecordReader(db, path);
}

function* hashesIn(hashes: Uint8Array, begin: number, end: number): Generator<Uint8Array> {
  for (let n = begin; n < end; n += 1) yield hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES);
}

function storedLeaf([index, leaf, hash, key]: Row): StoredLeaf {
  return {
    index: Number(index),
    leaf: bytesOf(leaf),
    hash: bytesOf(hash),
    key: optionalTextOf(key),
  };
}

function treeHead([, size, root, at, origin, signature]: Row): TreeHead {
  return {
    size: Number(size),
    root: textOf(root),
    at: textOf(at),
    origin: textOf(origin),
    signature: textOf(signature),
  };
}

/** A mark that cannot be read is no mark: recovery then reads the whole log. */
function recoveryMark(text: string): RecoveryMark | undefined {
  try {
    const mark: unknown = JSON.parse(text);
    return isRecoveryMark(mark) ? mark : undefined;
  } catch {
    return undefined;
  }
}

function isRecoveryMark(value: unknown): value is RecoveryMark {
  if (typeof value !== 'object' || value === null) return false;
  const { size, frontier, open } = value as Record<string, unknown>;
  const areStrings = (list: unknown) => Array.isArray(list) && list.every((entry) => typeof entry === 'string');
  return Number.isSafeInteger(size) && areStrings(frontier) && areStrings(open);
}
