import Database from 'libsql';

/**
 * The only file that talks to libsql, because libsql 0.5 must be talked to with care: a bare Buffer or a boolean as
 * parameter aborts the whole process, a string is cut at its first NUL, `undefined`, NaN and missing parameters become
 * NULL, surplus ones are ignored, a lone surrogate is replaced, and a statement still runs when its connection was
 * closed. Here every one of these is a `TypeError` before libsql sees it.
 *
 * JavaScript with checked types, not TypeScript: the commit worker loads this file, and a worker on Node 20 cannot
 * load TypeScript when the packages run from their sources.
 */

/** @typedef {string | number | Uint8Array | null} Bindable */
/** @typedef {readonly unknown[]} Row */
/**
 * @typedef {object} SqlStatement
 * @property {(parameters: readonly Bindable[]) => number} run returns how many rows changed
 * @property {(parameters: readonly Bindable[]) => Row | undefined} get
 * @property {(parameters: readonly Bindable[]) => readonly Row[]} all
 */
/**
 * @typedef {object} SqliteOptions
 * @property {'FULL' | 'NORMAL'} [synchronous] FULL, the default, survives a power cut; NORMAL may lose the last commits in one
 * @property {'wal' | 'delete'} [journal] default `wal`; `delete` where a lock is all that is wanted
 * @property {boolean} [readOnly] refuses every write; default false
 * @property {number} [busyTimeoutMs] how long to wait for another connection's lock, 0..60,000, default 5,000
 * @property {number} [pageBytes] of a file that is new: a power of two, 512..65,536; default: SQLite's, 4,096
 * @property {number} [maxBytes] the file grows no further, commits fail with SQLITE_FULL; default: as the disk allows
 */

/** libsql cuts a string at its first NUL and replaces lone surrogates. */
const UNBINDABLE = /\0|\p{Surrogate}/u;

/**
 * Parameters as libsql can take them.
 * @param {unknown} parameters must be an array of well-formed strings without NUL, finite numbers within ±2^53, Uint8Arrays and nulls
 * @param {number} expected how many
 * @returns {(string | number | Buffer | null)[]}
 * @throws {TypeError} naming the position, never the value
 */
function bindable(parameters, expected) {
  if (!Array.isArray(parameters)) throw new TypeError('sql parameters must be an array');
  if (parameters.length !== expected) {
    throw new TypeError(`sql statement takes ${expected} parameters, not ${parameters.length}`);
  }
  return Array.from(parameters, bindableValue);
}

/**
 * @param {unknown} value
 * @param {number} position
 * @returns {string | number | Buffer | null}
 */
function bindableValue(value, position) {
  if (value === null) return null;
  if (typeof value === 'string') {
    if (UNBINDABLE.test(value)) {
      throw new TypeError(`sql parameter ${position} holds a NUL or a lone surrogate`);
    }
    return value;
  }
  if (typeof value === 'number') {
    if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
    throw new TypeError(`sql parameter ${position} is not a finite number within 2^53`);
  }
  if (value instanceof Uint8Array && ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return Buffer.from(value);
  }
  throw new TypeError(`sql parameter ${position} is not a string, number, Uint8Array or null`);
}

/**
 * The stable code of an engine's or a file system's error, such as `SQLITE_FULL`, `SQLITE_BUSY` or `EACCES`.
 * @param {unknown} error
 * @returns {string} `UNKNOWN` where there is none
 */
export function errorCode(error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code !== '' ? code : 'UNKNOWN';
}

/** One connection to one SQLite file. Every method may throw what libsql throws; `errorCode` reads it. */
export class Sqlite {
  /** @type {Database.Database} */
  #db;
  #open = true;

  /**
   * @param {string} path
   * @param {SqliteOptions} [options]
   */
  constructor(path, options = {}) {
    const {
      synchronous = 'FULL',
      journal = 'wal',
      readOnly = false,
      busyTimeoutMs = 5_000,
      pageBytes,
      maxBytes,
    } = options;
    if (typeof path !== 'string' || path.includes('\0'))
      throw new TypeError('sqlite path must be a string without NUL');
    this.#db = new Database(path);
    this.#db.exec(`PRAGMA busy_timeout=${Math.trunc(busyTimeoutMs)}`);
    if (pageBytes !== undefined) this.#db.exec(`PRAGMA page_size=${Math.trunc(pageBytes)}`);
    if (!readOnly) this.#db.exec(`PRAGMA journal_mode=${journal}`);
    this.#db.exec(`PRAGMA synchronous=${synchronous}`);
    if (readOnly) this.#db.exec('PRAGMA query_only=ON');
    if (maxBytes !== undefined) {
      const bytes = Number(this.statement('PRAGMA page_size').get([])?.[0]);
      this.#db.exec(`PRAGMA max_page_count=${Math.max(1, Math.trunc(maxBytes / bytes))}`);
    }
  }

  /**
   * @param {string} sql one statement; every `?` in it is a parameter, so none may stand in a literal
   * @returns {SqlStatement}
   */
  statement(sql) {
    const prepared = this.#db.prepare(sql);
    const expected = sql.split('?').length - 1;
    if (prepared.reader) prepared.raw(true);
    const checked = (/** @type {unknown} */ parameters) => {
      this.#requireOpen();
      return bindable(parameters, expected);
    };
    return {
      run: (parameters) => prepared.run(checked(parameters)).changes,
      get: (parameters) => /** @type {Row | undefined} */ (prepared.get(checked(parameters))),
      all: (parameters) => /** @type {Row[]} */ (prepared.all(checked(parameters))),
    };
  }

  /** @param {string} sql statements without parameters */
  exec(sql) {
    this.#requireOpen();
    this.#db.exec(sql);
  }

  /** May be called twice. What a transaction has not committed is rolled back. */
  close() {
    if (!this.#open) return;
    this.#open = false;
    // Statements keep a closed connection alive until they are collected, and with it the locks of an open transaction.
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    this.#db.close();
  }

  #requireOpen() {
    if (!this.#open) throw new TypeError('sqlite connection is closed');
  }
}
