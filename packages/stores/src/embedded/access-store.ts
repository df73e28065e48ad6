import { join } from 'node:path';
import type { AccessStore, StoredEntity, StoredGrant } from '@sallyport/core';
import { asBytes, jsonOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import type { Sqlite } from './sqlite.js';

const ACCESS_FILE = 'access.db';
const ACCESS_LAYOUT = 1;
const ACCESS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS entities (
    section TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (section, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS grants (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, value TEXT NOT NULL) STRICT
`;

export interface EmbeddedAccess extends AccessStore {
  close(): void;
}

/**
 * What the admin API was told of who may do what: names and operators' own words. A write is on the disk when it returns: a grant
 * that was revoked must not come back after a power cut. Another process may read it at the same time.
 * @throws {SallyportError} `STORE_BROKEN`
 */
export function openAccessStore(dataFolder: string): EmbeddedAccess {
  const path = join(ensureDataFolder(dataFolder), ACCESS_FILE);
  const db = openDatabase({ path, schema: ACCESS_SCHEMA, version: ACCESS_LAYOUT, options: { synchronous: 'FULL' } });
  return new SqliteAccess(db, path);
}

class SqliteAccess implements EmbeddedAccess {
  readonly #db: Sqlite;
  readonly #path: string;

  constructor(db: Sqlite, path: string) {
    this.#db = db;
    this.#path = path;
  }

  entities(): readonly StoredEntity[] {
    const sql = `SELECT ${asBytes('section', 'name', 'value')} FROM entities ORDER BY section, name`;
    const rows = guarded(this.#path, () => this.#db.statement(sql).all([]));
    return rows.map(([section, name, value]) => ({
      section: textOf(section),
      name: textOf(name),
      value: jsonOf(value),
    }));
  }

  putEntity({ section, name, value }: StoredEntity): void {
    const sql =
      'INSERT INTO entities (section, name, value) VALUES (?, ?, ?) ON CONFLICT (section, name) DO UPDATE SET value = excluded.value';
    guarded(this.#path, () => this.#db.statement(sql).run([section, name, JSON.stringify(value)]));
  }

  removeEntity(section: string, name: string): boolean {
    const sql = 'DELETE FROM entities WHERE section = ? AND name = ?';
    return guarded(this.#path, () => this.#db.statement(sql).run([section, name])) > 0;
  }

  grants(): readonly StoredGrant[] {
    const sql = `SELECT ${asBytes('value')} FROM grants ORDER BY seq DESC`;
    const rows = guarded(this.#path, () => this.#db.statement(sql).all([]));
    return rows.map(([value]) => jsonOf(value) as StoredGrant);
  }

  putGrant(grant: StoredGrant): void {
    const sql = 'INSERT INTO grants (id, value) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value';
    guarded(this.#path, () => this.#db.statement(sql).run([grant.id, JSON.stringify(grant)]));
  }

  close(): void {
    this.#db.close();
  }
}
