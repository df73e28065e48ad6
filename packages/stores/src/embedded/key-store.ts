import { join } from 'node:path';
import {
  type KeyRevocation,
  type KeyRotation,
  type KeyStore,
  type Principal,
  SallyportError,
  type Scope,
  type StoredKey,
} from '@sallyport/core';
import { asBytes, jsonOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { errorCode, type Row, type Sqlite, type SqlStatement } from './sqlite.js';

const KEYS_FILE = 'keys.db';
const OPERATORS_FILE = 'operators.db';
const KEYS_LAYOUT = 3;
const KEYS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY, hmac TEXT NOT NULL UNIQUE, principal TEXT NOT NULL, created_at TEXT NOT NULL, revoked_at TEXT,
    scope TEXT, expires_at TEXT, certificate TEXT, rotated_at TEXT, previous_hmac TEXT, previous_until TEXT, last_used TEXT,
    recorded_at TEXT
  ) STRICT
`;
/** What layout 2 has and layout 1 had not. */
const ADDED = ['scope', 'expires_at', 'certificate', 'rotated_at', 'previous_hmac', 'previous_until', 'last_used'];
const LAST_CHANGE = 'coalesce(revoked_at, rotated_at, created_at)';
const KEYS_UPGRADES = [
  ADDED.map((column) => `ALTER TABLE keys ADD COLUMN ${column} TEXT`).join(';'),
  // What was before there were such records is not told of now.
  `ALTER TABLE keys ADD COLUMN recorded_at TEXT; UPDATE keys SET recorded_at = ${LAST_CHANGE}`,
];
const COLUMNS = ['name', 'hmac', 'principal', 'created_at', 'revoked_at', ...ADDED, 'recorded_at'];

/**
 * Opens the gateway keys of a data folder. Several processes may hold it at once: a key that one revokes changes
 * `version()` of the others at their next call, which costs 2 us.
 * A name is never given twice, not even after its key was revoked: records name keys, and must stay unambiguous.
 * @throws {SallyportError} `STORE_BROKEN`; `put` throws `KEY_NAME_TAKEN`
 */
export function openKeyStore(dataFolder: string): KeyStore {
  return openFile(dataFolder, KEYS_FILE);
}

/** The tokens of operators, alike: the groups of their principals are their roles. */
export function openOperatorStore(dataFolder: string): KeyStore {
  return openFile(dataFolder, OPERATORS_FILE);
}

function openFile(dataFolder: string, file: string): KeyStore {
  const path = join(ensureDataFolder(dataFolder), file);
  const db = openDatabase({ path, schema: KEYS_SCHEMA, version: KEYS_LAYOUT, upgrades: KEYS_UPGRADES });
  return new EmbeddedKeyStore(db, path);
}

class EmbeddedKeyStore implements KeyStore {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #dataVersion: SqlStatement;
  /** SQLite's data version changes with other connections' commits only; these are our own. */
  #ownChanges = 0;

  constructor(db: Sqlite, path: string) {
    this.#db = db;
    this.#path = path;
    this.#dataVersion = guarded(path, () => db.statement('PRAGMA data_version'));
  }

  put(key: StoredKey): void {
    const sql = `INSERT INTO keys (${COLUMNS.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const { name, hmac, createdAt, revokedAt, scope, expiresAt, certificate, rotatedAt, previous, lastUsed } = key;
    const times = [expiresAt, certificate, rotatedAt, previous?.hmac, previous?.until, lastUsed, key.recordedAt];
    try {
      const principal = JSON.stringify(key.principal);
      const narrowed = scope === undefined ? null : JSON.stringify(scope);
      const row = [name, hmac, principal, createdAt, revokedAt ?? null, narrowed, ...times.map((each) => each ?? null)];
      this.#db.statement(sql).run(row);
      this.#ownChanges += 1;
    } catch (error) {
      const taken = errorCode(error).startsWith('SQLITE_CONSTRAINT');
      throw new SallyportError(taken ? 'KEY_NAME_TAKEN' : 'STORE_BROKEN', { detail: this.#path, cause: error });
    }
  }

  rotate(name: string, { hmac, at, until, expiresAt, isRecorded = false }: KeyRotation): boolean {
    const sql = `
      UPDATE keys SET previous_hmac = hmac, previous_until = ?, hmac = ?, rotated_at = ?, expires_at = coalesce(?, expires_at),
        recorded_at = ?
      WHERE name = ? AND revoked_at IS NULL`;
    return this.#change(sql, [until, hmac, at, expiresAt ?? null, isRecorded ? at : null, name]);
  }

  revoke(name: string, { at, isRecorded = false }: KeyRevocation): boolean {
    const sql = 'UPDATE keys SET revoked_at = ?, recorded_at = ? WHERE name = ? AND revoked_at IS NULL';
    return this.#change(sql, [at, isRecorded ? at : null, name]);
  }

  recorded(name: string, at: string): void {
    // What changed meanwhile is told of the next time.
    const sql = `UPDATE keys SET recorded_at = ? WHERE name = ? AND ${LAST_CHANGE} = ?`;
    guarded(this.#path, () => this.#db.statement(sql).run([at, name, at]));
  }

  used(at: ReadonlyMap<string, string>): void {
    if (at.size === 0) return;
    const sql = 'UPDATE keys SET last_used = ? WHERE name = ? AND (last_used IS NULL OR last_used < ?)';
    guarded(this.#path, () => {
      const statement = this.#db.statement(sql);
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        for (const [name, minute] of at) statement.run([minute, name, minute]);
        this.#db.exec('COMMIT');
      } catch (error) {
        this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  list(): readonly StoredKey[] {
    const sql = `SELECT ${asBytes(...COLUMNS)} FROM keys ORDER BY created_at, name`;
    return guarded(this.#path, () => this.#db.statement(sql).all([]).map(storedKey));
  }

  version(): number {
    // Both only grow, so that their sum differs whenever either has changed.
    return this.#ownChanges + guarded(this.#path, () => Number(this.#dataVersion.get([])?.[0]));
  }

  close(): void {
    this.#db.close();
  }

  #change(sql: string, parameters: readonly (string | null)[]): boolean {
    const changed = guarded(this.#path, () => this.#db.statement(sql).run(parameters));
    this.#ownChanges += changed;
    return changed > 0;
  }
}

function storedKey([name, hmac, principal, createdAt, revokedAt, scope, ...more]: Row): StoredKey {
  const [expiresAt, certificate, rotatedAt, previousHmac, previousUntil, lastUsed, recordedAt] = more;
  return {
    name: textOf(name),
    hmac: textOf(hmac),
    principal: jsonOf(principal) as Principal,
    createdAt: textOf(createdAt),
    ...(scope !== null && { scope: jsonOf(scope) as Scope }),
    ...(previousHmac !== null && { previous: { hmac: textOf(previousHmac), until: textOf(previousUntil) } }),
    ...texts({ revokedAt, expiresAt, certificate, rotatedAt, lastUsed, recordedAt }),
  };
}

/** Those that are there. */
function texts<Name extends string>(row: Readonly<Record<Name, unknown>>): Partial<Record<Name, string>> {
  const entries = Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[name, textOf(value)]]));
  return Object.fromEntries(entries) as Partial<Record<Name, string>>;
}
