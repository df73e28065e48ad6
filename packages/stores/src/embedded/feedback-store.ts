import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedbackStore, StoredFeedback } from '@sallyport/core';
import { asBytes, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import type { Sqlite } from './sqlite.js';

const FEEDBACK_FILE = 'feedback.db';
const FEEDBACK_LAYOUT = 1;
const FEEDBACK_SCHEMA =
  'CREATE TABLE IF NOT EXISTS feedback (exchange TEXT PRIMARY KEY, at TEXT NOT NULL, stored TEXT NOT NULL) STRICT';

export interface EmbeddedFeedback extends FeedbackStore {
  close(): void;
}

/**
 * What operators said of exchanges of a data folder. It holds scores and ids, no content, and is on the disk when a write returns.
 * @throws {SallyportError} `STORE_BROKEN`
 */
export function openFeedback(dataFolder: string): EmbeddedFeedback {
  const path = join(ensureDataFolder(dataFolder), FEEDBACK_FILE);
  const options = { synchronous: 'FULL' } as const;
  const db = openDatabase({ path, schema: FEEDBACK_SCHEMA, version: FEEDBACK_LAYOUT, options });
  return new SqliteFeedback(db, path);
}

/** The newest of them, beside a gateway that may be writing; none where nobody ever said something. */
export function readFeedback(dataFolder: string, limit: number): readonly StoredFeedback[] {
  const path = join(dataFolder, FEEDBACK_FILE);
  if (!existsSync(path)) return [];
  const reader = new SqliteFeedback(openDatabase({ path, version: FEEDBACK_LAYOUT }), path);
  try {
    return reader.list(limit);
  } finally {
    reader.close();
  }
}

class SqliteFeedback implements EmbeddedFeedback {
  readonly #db: Sqlite;
  readonly #path: string;

  constructor(db: Sqlite, path: string) {
    this.#db = db;
    this.#path = path;
  }

  list(limit: number): readonly StoredFeedback[] {
    return this.#rows('ORDER BY at DESC, exchange LIMIT ?', [limit]);
  }

  get(exchange: string): StoredFeedback | undefined {
    return this.#rows('WHERE exchange = ?', [exchange])[0];
  }

  put(feedback: StoredFeedback): void {
    const sql =
      'INSERT INTO feedback (exchange, at, stored) VALUES (?, ?, ?) ON CONFLICT (exchange) DO UPDATE SET at = excluded.at, stored = excluded.stored';
    const { exchange, at } = feedback;
    guarded(this.#path, () => this.#db.statement(sql).run([exchange, at, JSON.stringify(feedback)]));
  }

  remove(exchange: string): void {
    guarded(this.#path, () => this.#db.statement('DELETE FROM feedback WHERE exchange = ?').run([exchange]));
  }

  close(): void {
    this.#db.close();
  }

  #rows(rest: string, values: readonly (string | number)[]): readonly StoredFeedback[] {
    const sql = `SELECT ${asBytes('stored')} FROM feedback ${rest}`;
    return guarded(this.#path, () => {
      const rows = this.#db.statement(sql).all([...values]);
      return rows.map(([stored]) => JSON.parse(textOf(stored)) as StoredFeedback);
    });
  }
}
