import { join } from 'node:path';
import { type KeyStore, type Principal, SallyportError, type StoredKey } from '@sallyport/core';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { errorCode, type Row, type Sqlite, type SqlStatement } from './sqlite.js';

const KEYS_FILE = 'keys.db';
const KEYS_LAYOUT = 1;
const KEYS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY, hmac TEXT NOT NULL UNIQUE, principal TEXT NOT NULL, created_at TEXT NOT NULL, revoked_at TEXT
  ) STRICT
`;

/**
 * Opens the gateway keys of a data folder. Several processes may hold it at once: a key that one revokes changes
 * `version()` of the others at their next call, which costs 2 us.
 * A name is never given twice, not even after its key was revoked: records name keys, and must stay unambiguous.
 * @throws {SallyportError} `STORE_BROKEN`; `put` throws `KEY_NAME_TAKEN`
 */
export function openKeyStore(dataFolder: string): KeyStore {
  const path = join(ensureDataFolder(dataFolder), KEYS_FILE);
  const db = openDatabase({ path, schema: KEYS_SCHEMA, version: KEYS_LAYOUT });
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
    const sql = 'INSERT INTO keys (name, hmac, principal, created_at, revoked_at) VALUES (?, ?, ?, ?, ?)';
    try {
      const principal = JSON.stringify(key.principal);
      this.#db.statement(sql).run([key.name, key.hmac, principal, key.createdAt, key.revokedAt ?? null]);
      this.#ownChanges += 1;
    } catch (error) {
      const taken = errorCode(error).startsWith('SQLITE_CONSTRAINT');
      throw new SallyportError(taken ? 'KEY_NAME_TAKEN' : 'STORE_BROKEN', { detail: this.#path, cause: error });
    }
  }

  revoke(name: string, at: string): boolean {
    const sql = 'UPDATE keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL';
    const changed = guarded(this.#path, () => this.#db.statement(sql).run([at, name]));
    this.#ownChanges += changed;
    return changed > 0;
  }

  list(): readonly StoredKey[] {
    const sql = 'SELECT name, hmac, principal, created_at, revoked_at FROM keys ORDER BY created_at, name';
    return guarded(this.#path, () => this.#db.statement(sql).all([]).map(storedKey));
  }

  version(): number {
    // Both only grow, so that their sum differs whenever either has changed.
    return this.#ownChanges + guarded(this.#path, () => Number(this.#dataVersion.get([])?.[0]));
  }

  close(): void {
    this.#db.close();
  }
}

function storedKey([name, hmac, principal, createdAt, revokedAt]: Row): StoredKey {
  return {
    name: String(name),
    hmac: String(hmac),
    principal: JSON.parse(String(principal)) as Principal,
    createdAt: String(createdAt),
    ...(typeof revokedAt === 'string' ? { revokedAt } : {}),
  };
}
