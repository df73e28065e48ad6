import { join } from 'node:path';
import type { PinnedText, StoredPin, ToolPins } from '@sallyport/core';
import { asBytes, bytesOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { createSealedBox, type SealedBox } from './sealed-box.ts';
import type { Row, Sqlite } from './sqlite.js';

const PINS_FILE = 'tools.db';
const PINS_LAYOUT = 2;
const PINS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS pins (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, waits INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS pins_by_owner ON pins (owner);
  CREATE TABLE IF NOT EXISTS definitions (
    n INTEGER PRIMARY KEY, pin TEXT NOT NULL, hash TEXT NOT NULL, sealed BLOB NOT NULL, UNIQUE (pin, hash)
  ) STRICT
`;

/** What the kept texts take in all, sealed; beyond, the oldest go. */
export const PINNED_TEXTS_MAX_BYTES = 67_108_864;

export interface EmbeddedToolPins extends ToolPins {
  close(): void;
}

const COLUMNS = asBytes('id', 'sealed');
const TEXT_COLUMNS = asBytes('hash', 'sealed');

/**
 * The pinned tools of a data folder. A row names its owner and its tool by keyed fingerprints; what they are called is sealed.
 * A power cut may lose the last ones: those tools are pinned anew when they come again.
 * Cost: about 50 us a write. @throws {SallyportError} `STORE_BROKEN`
 * @param maxTextBytes what definitions' texts may take in all, sealed
 */
export function openToolPins(
  dataFolder: string,
  key: Uint8Array,
  maxTextBytes: number = PINNED_TEXTS_MAX_BYTES,
): EmbeddedToolPins {
  const path = join(ensureDataFolder(dataFolder), PINS_FILE);
  const db = openDatabase({ path, schema: PINS_SCHEMA, version: PINS_LAYOUT, options: { synchronous: 'NORMAL' } });
  return new SqliteToolPins(db, path, { box: createSealedBox(key), maxTextBytes });
}

class SqliteToolPins implements EmbeddedToolPins {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #box: SealedBox;
  readonly #maxTextBytes: number;
  #textBytes: number;

  constructor(
    db: Sqlite,
    path: string,
    { box, maxTextBytes }: { readonly box: SealedBox; readonly maxTextBytes: number },
  ) {
    this.#db = db;
    this.#path = path;
    this.#box = box;
    this.#maxTextBytes = maxTextBytes;
    this.#textBytes = this.#bytesOfTexts();
  }

  of(ownerId: string): readonly StoredPin[] {
    return this.#rows(`SELECT ${COLUMNS} FROM pins WHERE owner = ?`, [ownerId]);
  }

  get(id: string): StoredPin | undefined {
    return this.#rows(`SELECT ${COLUMNS} FROM pins WHERE id = ?`, [id])[0];
  }

  list(limit: number, tenant?: string): readonly StoredPin[] {
    const order = 'ORDER BY waits DESC, owner, id LIMIT ?';
    if (tenant === undefined) return this.#rows(`SELECT ${COLUMNS} FROM pins ${order}`, [limit]);
    // Whose an owner is, is sealed: one pin of each says it.
    const firsts = this.#rows(`SELECT ${COLUMNS} FROM pins WHERE id IN (SELECT MIN(id) FROM pins GROUP BY owner)`, []);
    const owners = firsts.flatMap(({ owner, ownerId }) => (owner.tenant === tenant ? [ownerId] : []));
    const sql = `SELECT ${COLUMNS} FROM pins WHERE owner IN (SELECT value FROM json_each(?)) ${order}`;
    return this.#rows(sql, [JSON.stringify(owners), limit]);
  }

  put(pins: readonly StoredPin[], texts: readonly PinnedText[] = []): void {
    const sql =
      'INSERT INTO pins (id, owner, waits, sealed) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET waits = excluded.waits, sealed = excluded.sealed';
    guarded(this.#path, () => {
      const statement = this.#db.statement(sql);
      for (const pin of pins) {
        const sealed = this.#box.seal(JSON.stringify(pin), pin.id);
        statement.run([pin.id, pin.ownerId, Number(pin.waiting.length > 0), sealed]);
        this.#dropTexts(pin.id, [...pin.trusted, ...pin.waiting]);
      }
      if (texts.length > 0) this.#keepTexts(texts);
    });
  }

  texts(id: string): ReadonlyMap<string, string> {
    const sql = `SELECT ${TEXT_COLUMNS} FROM definitions WHERE pin = ?`;
    const rows: readonly Row[] = guarded(this.#path, () => this.#db.statement(sql).all([id]));
    return new Map(
      rows.map(([hash, sealed]) => {
        const name = textOf(hash);
        return [name, this.#box.open(bytesOf(sealed), bindingOf(id, name))];
      }),
    );
  }

  remove(id: string): void {
    guarded(this.#path, () => {
      this.#db.statement('DELETE FROM pins WHERE id = ?').run([id]);
      this.#dropTexts(id, []);
    });
  }

  close(): void {
    this.#db.close();
  }

  /** Those of one pin whose definitions are neither trusted nor wait. */
  #dropTexts(id: string, seen: readonly { readonly hash: string }[]): void {
    const sql = 'DELETE FROM definitions WHERE pin = ? AND hash NOT IN (SELECT value FROM json_each(?))';
    this.#db.statement(sql).run([id, JSON.stringify(seen.map(({ hash }) => hash))]);
  }

  #keepTexts(texts: readonly PinnedText[]): void {
    const sql = 'INSERT INTO definitions (pin, hash, sealed) VALUES (?, ?, ?) ON CONFLICT (pin, hash) DO NOTHING';
    const statement = this.#db.statement(sql);
    for (const { pin, hash, text } of texts) {
      const sealed = this.#box.seal(text, bindingOf(pin, hash));
      statement.run([pin, hash, sealed]);
      this.#textBytes += sealed.byteLength;
    }
    // What was dropped meanwhile is counted out only here, where the count would be beyond the bound.
    if (this.#textBytes <= this.#maxTextBytes) return;
    const oldest =
      'DELETE FROM definitions WHERE n IN (SELECT n FROM (SELECT n, SUM(LENGTH(sealed)) OVER (ORDER BY n DESC) AS newer FROM definitions) WHERE newer > ?)';
    // To three quarters, so that not every write that follows counts again.
    this.#db.statement(oldest).run([Math.floor((3 * this.#maxTextBytes) / 4)]);
    this.#textBytes = this.#bytesOfTexts();
  }

  #bytesOfTexts(): number {
    const sql = 'SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM definitions';
    return Number(guarded(this.#path, () => this.#db.statement(sql).get([]))?.[0]);
  }

  #rows(sql: string, values: readonly (string | number)[]): readonly StoredPin[] {
    const rows: readonly Row[] = guarded(this.#path, () => this.#db.statement(sql).all([...values]));
    return rows.map(([id, sealed]) => JSON.parse(this.#box.open(bytesOf(sealed), textOf(id))) as StoredPin);
  }
}

/** A text is sealed to its place: it can't be put under another tool or hash. */
function bindingOf(pin: string, hash: string): string {
  return `${pin} ${hash}`;
}
