import { join } from 'node:path';
import type { MemoryLabel, MemoryStore, StoredMemory, StoredPiece } from '@sallyport/core';
import { asBytes, asNumber, bytesOf, jsonOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { createSealedBox, type SealedBox } from './sealed-box.ts';
import type { Sqlite } from './sqlite.js';

const MEMORIES_FILE = 'memories.db';
const MEMORIES_LAYOUT = 1;
const MEMORIES_SCHEMA = `
  CREATE TABLE IF NOT EXISTS pieces (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT NOT NULL, id TEXT NOT NULL, keys TEXT NOT NULL,
    weight INTEGER NOT NULL, sealed BLOB NOT NULL, at_ms INTEGER NOT NULL, UNIQUE (place, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS lost (place TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT
`;
const DAY_MS = 86_400_000;

export interface MemoryStoreOptions {
  /** Keys of one memory, 1..; beyond, its oldest pieces are forgotten and it is lost. */
  readonly maxKeys: number;
  /** Days after its last write for which a piece is known, 1.. */
  readonly maxAgeDays: number;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

export interface EmbeddedMemories extends MemoryStore {
  close(): void;
}

/**
 * The labels of a data folder's memories. A row holds keyed fingerprints; where a piece stood first is sealed, for it names documents.
 * A power cut may lose the last ones. Cost: about 100 us a write, and one read of a memory for all that is asked of it later.
 * @throws {SallyportError} `STORE_BROKEN`
 */
export function openMemoryStore(dataFolder: string, key: Uint8Array, options: MemoryStoreOptions): EmbeddedMemories {
  const path = join(ensureDataFolder(dataFolder), MEMORIES_FILE);
  const db = openDatabase({
    path,
    schema: MEMORIES_SCHEMA,
    version: MEMORIES_LAYOUT,
    options: { synchronous: 'NORMAL' },
  });
  return new SqliteMemories({ db, path, box: createSealedBox(key) }, options);
}

interface Opened {
  readonly db: Sqlite;
  readonly path: string;
  readonly box: SealedBox;
}

class SqliteMemories implements EmbeddedMemories {
  readonly #opened: Opened;
  readonly #options: MemoryStoreOptions;

  constructor(opened: Opened, options: MemoryStoreOptions) {
    this.#opened = opened;
    this.#options = options;
  }

  of(place: string): StoredMemory {
    const { db, path, box } = this.#opened;
    const sql = `SELECT ${asBytes('id', 'keys', 'sealed')} FROM pieces WHERE place = ? AND at_ms >= ? ORDER BY seq`;
    return guarded(path, () => ({
      pieces: db
        .statement(sql)
        .all([place, this.#oldestMs()])
        .map(([id, keys, sealed]): StoredPiece => {
          const name = textOf(id);
          const label = JSON.parse(box.open(bytesOf(sealed), `${place} ${name}`)) as MemoryLabel;
          return { id: name, keys: jsonOf(keys) as readonly string[], label };
        }),
      lost: this.#isLost(place),
    }));
  }

  put(place: string, pieces: readonly StoredPiece[]): boolean {
    const { db, path, box } = this.#opened;
    return guarded(path, () => {
      const statement = db.statement(
        'INSERT INTO pieces (place, id, keys, weight, sealed, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (place, id) DO UPDATE SET at_ms = excluded.at_ms',
      );
      const nowMs = this.#nowMs();
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const { id, keys, label } of pieces) {
          const sealed = box.seal(JSON.stringify(label), `${place} ${id}`);
          statement.run([place, id, JSON.stringify(keys), keys.length, sealed, nowMs]);
        }
        const expired = db.statement('DELETE FROM pieces WHERE place = ? AND at_ms < ?').run([place, this.#oldestMs()]);
        const isWhole = this.#shed(place) && expired === 0;
        db.exec('COMMIT');
        return isWhole;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  lose(place: string): void {
    const sql =
      'INSERT INTO lost (place, at_ms) VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET at_ms = excluded.at_ms';
    guarded(this.#opened.path, () => this.#opened.db.statement(sql).run([place, this.#nowMs()]));
  }

  close(): void {
    this.#opened.db.close();
  }

  /** @returns whether there was room for all */
  #shed(place: string): boolean {
    const { db } = this.#opened;
    const sum = db.statement(`SELECT ${asNumber('sum(weight)')} FROM pieces WHERE place = ?`).get([place]);
    let over = Number(sum?.[0] ?? 0) - this.#options.maxKeys;
    if (over <= 0) return true;
    const oldest = db.statement(`SELECT ${asNumber('seq', 'weight')} FROM pieces WHERE place = ? ORDER BY seq`);
    let last = 0;
    for (const [seq, weight] of oldest.all([place])) {
      if (over <= 0) break;
      over -= Number(weight);
      last = Number(seq);
    }
    db.statement('DELETE FROM pieces WHERE place = ? AND seq <= ?').run([place, last]);
    this.lose(place);
    return false;
  }

  /** What was forgotten is too old to be known by now. */
  #isLost(place: string): boolean {
    const row = this.#opened.db.statement(`SELECT ${asNumber('at_ms')} FROM lost WHERE place = ?`).get([place]);
    return row !== undefined && Number(row[0]) >= this.#oldestMs();
  }

  #oldestMs(): number {
    return this.#nowMs() - this.#options.maxAgeDays * DAY_MS;
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }
}
