import { join } from 'node:path';
import type { Ledger, LedgerEntry } from '@sallyport/core';
import { asBytes, asNumber, jsonOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import type { Row, Sqlite } from './sqlite.js';

const LEDGER_FILE = 'ledger.db';
const LEDGER_LAYOUT = 1;
const LEDGER_SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, at_ms INTEGER NOT NULL
  ) STRICT
`;
const DAY_MS = 86_400_000;
/** Entries beyond the bound that are let stand before the oldest are taken out together. */
const SLACK = 1_000;

export interface LedgerOptions {
  /** Entries kept, 1..; beyond, the oldest go. */
  readonly maxEntries: number;
  /** Days that an entry is known, 1.. */
  readonly maxAgeDays: number;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

export interface EmbeddedLedger extends Ledger {
  close(): void;
}

/**
 * The ledger of a data folder. It holds ids, owners and fingerprints, no text.
 * A power cut may lose the last entries: what they stand for is unknown then, and refused.
 * Cost: about 50 us an entry. @throws {SallyportError} `STORE_BROKEN`
 */
export function openLedger(dataFolder: string, options: LedgerOptions): EmbeddedLedger {
  const path = join(ensureDataFolder(dataFolder), LEDGER_FILE);
  const db = openDatabase({
    path,
    schema: LEDGER_SCHEMA,
    version: LEDGER_LAYOUT,
    options: { synchronous: 'NORMAL' },
  });
  return new SqliteLedger(db, path, options);
}

class SqliteLedger implements EmbeddedLedger {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #options: LedgerOptions;
  #count: number;

  constructor(db: Sqlite, path: string, options: LedgerOptions) {
    this.#db = db;
    this.#path = path;
    this.#options = options;
    this.#count = guarded(path, () => Number(db.statement('SELECT count(*) FROM ledger').get([])?.[0] ?? 0));
  }

  get(id: string): LedgerEntry | undefined {
    if (!isBindable(id)) return undefined;
    const sql = `SELECT ${asBytes('entry')}, ${asNumber('at_ms')} FROM ledger WHERE id = ?`;
    const row: Row | undefined = guarded(this.#path, () => this.#db.statement(sql).get([id]));
    if (row === undefined || Number(row[1]) < this.#oldestMs()) return undefined;
    return jsonOf(row[0]) as LedgerEntry;
  }

  put(entries: readonly LedgerEntry[]): void {
    const sql =
      'INSERT INTO ledger (id, entry, at_ms) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry';
    const nowMs = this.#nowMs();
    guarded(this.#path, () => {
      const statement = this.#db.statement(sql);
      for (const entry of entries) {
        if (isBindable(entry.id)) this.#count += statement.run([entry.id, JSON.stringify(entry), nowMs]);
      }
      if (this.#count > this.#options.maxEntries + Math.min(SLACK, this.#options.maxEntries)) this.#shed();
    });
  }

  forget(ids: readonly string[]): void {
    guarded(this.#path, () => {
      const statement = this.#db.statement('DELETE FROM ledger WHERE id = ?');
      for (const id of ids) if (isBindable(id)) this.#count -= statement.run([id]);
    });
  }

  close(): void {
    this.#db.close();
  }

  #shed(): void {
    this.#db.statement('DELETE FROM ledger WHERE at_ms < ?').run([this.#oldestMs()]);
    const last = 'SELECT seq FROM ledger ORDER BY seq DESC LIMIT 1 OFFSET ?';
    const beyond = this.#db.statement(last).get([this.#options.maxEntries])?.[0];
    if (beyond !== undefined) this.#db.statement('DELETE FROM ledger WHERE seq <= ?').run([Number(beyond)]);
    this.#count = Number(this.#db.statement('SELECT count(*) FROM ledger').get([])?.[0] ?? 0);
  }

  #oldestMs(): number {
    return this.#nowMs() - this.#options.maxAgeDays * DAY_MS;
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }
}

/** Ids come from requests: what no provider would give is not looked up. */
function isBindable(id: string): boolean {
  return /^[!-~]{1,256}$/.test(id);
}
