import { join } from 'node:path';
import type { StoredPin, ToolPins } from '@sallyport/core';
import { asBytes, bytesOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { createSealedBox, type SealedBox } from './sealed-box.ts';
import type { Row, Sqlite } from './sqlite.js';

const PINS_FILE = 'tools.db';
const PINS_LAYOUT = 1;
const PINS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS pins (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, waits INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS pins_by_owner ON pins (owner)
`;

export interface EmbeddedToolPins extends ToolPins {
  close(): void;
}

const COLUMNS = asBytes('id', 'sealed');

/**
 * The pinned tools of a data folder. A row names its owner and its tool by keyed fingerprints; what they are called is sealed.
 * A power cut may lose the last ones: those tools are pinned anew when they come again.
 * Cost: about 50 us a write. @throws {SallyportError} `STORE_BROKEN`
 */
export function openToolPins(dataFolder: string, key: Uint8Array): EmbeddedToolPins {
  const path = join(ensureDataFolder(dataFolder), PINS_FILE);
  const db = openDatabase({ path, schema: PINS_SCHEMA, version: PINS_LAYOUT, options: { synchronous: 'NORMAL' } });
  return new SqliteToolPins(db, path, createSealedBox(key));
}

class SqliteToolPins implements EmbeddedToolPins {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #box: SealedBox;

  constructor(db: Sqlite, path: string, box: SealedBox) {
    this.#db = db;
    this.#path = path;
    this.#box = box;
  }

  of(ownerId: string): readonly StoredPin[] {
    return this.#rows(`SELECT ${COLUMNS} FROM pins WHERE owner = ?`, [ownerId]);
  }

  get(id: string): StoredPin | undefined {
    return this.#rows(`SELECT ${COLUMNS} FROM pins WHERE id = ?`, [id])[0];
  }

  list(limit: number): readonly StoredPin[] {
    return this.#rows(`SELECT ${COLUMNS} FROM pins ORDER BY waits DESC, owner, id LIMIT ?`, [limit]);
  }

  put(pins: readonly StoredPin[]): void {
    const sql =
      'INSERT INTO pins (id, owner, waits, sealed) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET waits = excluded.waits, sealed = excluded.sealed';
    guarded(this.#path, () => {
      const statement = this.#db.statement(sql);
      for (const pin of pins) {
        const sealed = this.#box.seal(JSON.stringify(pin), pin.id);
        statement.run([pin.id, pin.ownerId, Number(pin.waiting.length > 0), sealed]);
      }
    });
  }

  remove(id: string): void {
    guarded(this.#path, () => this.#db.statement('DELETE FROM pins WHERE id = ?').run([id]));
  }

  close(): void {
    this.#db.close();
  }

  #rows(sql: string, values: readonly (string | number)[]): readonly StoredPin[] {
    const rows: readonly Row[] = guarded(this.#path, () => this.#db.statement(sql).all([...values]));
    return rows.map(([id, sealed]) => JSON.parse(this.#box.open(bytesOf(sealed), textOf(id))) as StoredPin);
  }
}
