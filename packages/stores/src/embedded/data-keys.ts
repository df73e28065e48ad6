import { randomBytes } from 'node:crypto';
import { BoundedCache, type KeyEncryption, SallyportError } from '@sallyport/core';
import { asBytes, asNumber, bytesOf, textOf } from './columns.ts';
import { guarded } from './data-folder.ts';
import { createSealedBox, type SealedBox } from './sealed-box.ts';
import type { Sqlite } from './sqlite.js';

export const DATA_KEYS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS data_keys (
    subject TEXT NOT NULL, generation INTEGER NOT NULL, key_id TEXT NOT NULL, wrapped BLOB NOT NULL, uses INTEGER NOT NULL,
    PRIMARY KEY (subject, generation)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS shreds (subject TEXT PRIMARY KEY, generations INTEGER NOT NULL) STRICT
`;

/** Payloads that one data key seals: random nonces of 96 bits are good for 2^32 (NIST SP 800-38D, 8.3). */
export const USES_MAX = 2 ** 30;
/** Uses that are noted at a time: after a crash those that were not made count too. */
const USES_AT_ONCE = 1_024;
/** Data keys that lie in memory unwrapped, and for how long. */
const LIVE_MAX = { maxEntries: 10_000, maxWeight: 10_000 };
export const LIVE_MS = 300_000;
const ROWS_AT_ONCE = 100;
const WRAPPED = asBytes('key_id', 'wrapped');

/** A data key that seals. */
export interface LiveKey {
  readonly generation: number;
  readonly box: SealedBox;
}

interface Loaded extends LiveKey {
  left: number;
  readonly untilMs: number;
}

export interface DataKeysParts {
  readonly db: Sqlite;
  readonly path: string;
  readonly keys: KeyEncryption;
  readonly nowMs: () => number;
  readonly usesMax: number;
}

/** The data keys of subjects, wrapped on the disk, and unwrapped in memory for a while. */
export class DataKeys {
  readonly #parts: DataKeysParts;
  readonly #live = new BoundedCache<Promise<Loaded>>(LIVE_MAX);

  constructor(parts: DataKeysParts) {
    this.#parts = parts;
  }

  /** The key that seals for a subject; made when there is none, and when the last one has sealed as much as it may. */
  async sealing(subject: string): Promise<LiveKey> {
    const live = this.#live.get(subject);
    const known = live === undefined ? undefined : await live;
    if (known !== undefined && known.left > 0 && known.untilMs > this.#parts.nowMs()) {
      known.left -= 1;
      return known;
    }
    const loading = this.#load(subject);
    this.#live.set(subject, loading, 1);
    try {
      const loaded = await loading;
      loaded.left -= 1;
      return loaded;
    } catch (error) {
      this.forget(subject);
      throw error;
    }
  }

  /** The key that opens what was sealed; undefined where it was destroyed. */
  async opening(subject: string, generation: number): Promise<SealedBox | undefined> {
    if (generation <= this.destroyed(subject)) return undefined;
    const row = this.#get(`SELECT ${WRAPPED} FROM data_keys WHERE subject = ? AND generation = ?`, [
      subject,
      generation,
    ]);
    if (row === undefined) {
      throw new SallyportError('STORE_BROKEN', {
        detail: `${this.#parts.path}: a data key is gone that nobody erased`,
      });
    }
    const wrapped = { keyId: textOf(row[0]), wrapped: bytesOf(row[1]) };
    return createSealedBox(await this.#parts.keys.unwrap(wrapped, labelOf(subject, generation)));
  }

  forget(subject: string): void {
    this.#live.delete(subject);
  }

  /** All generations up to this one were destroyed; 0 when none was. */
  destroyed(subject: string): number {
    return Number(this.#get(`SELECT ${asNumber('generations')} FROM shreds WHERE subject = ?`, [subject])?.[0] ?? 0);
  }

  /** The newest that there is, or was. */
  newest(subject: string): number {
    const made = this.#get(`SELECT ${asNumber('max(generation)')} FROM data_keys WHERE subject = ?`, [subject])?.[0];
    return Math.max(Number(made ?? 0), this.destroyed(subject));
  }

  /** Destroys the keys of a subject and remembers that they were: of a crash in the middle, all or nothing is left. @returns how many there were */
  destroy(subject: string, generations: number): number {
    const { db, path } = this.#parts;
    this.forget(subject);
    return guarded(path, () => {
      db.exec('BEGIN IMMEDIATE');
      try {
        const remember =
          'INSERT INTO shreds (subject, generations) VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET generations = max(generations, excluded.generations)';
        db.statement(remember).run([subject, generations]);
        const destroy = 'DELETE FROM data_keys WHERE subject = ? AND generation <= ?';
        const keys = db.statement(destroy).run([subject, generations]);
        db.exec('COMMIT');
        return keys;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  keyIds(): readonly string[] {
    const rows = guarded(this.#parts.path, () =>
      this.#parts.db.statement(`SELECT DISTINCT ${asBytes('key_id')} FROM data_keys ORDER BY key_id`).all([]),
    );
    return rows.map(([keyId]) => textOf(keyId));
  }

  /** Puts every key that is not wrapped under the current key-encryption key under it, one by one: a crash leaves each as it was, or as it is to be. */
  async rewrap(): Promise<number> {
    const { db, path, keys } = this.#parts;
    const current = await keys.current();
    const page = guarded(path, () =>
      db.statement(
        `SELECT ${asBytes('subject')}, ${asNumber('generation')}, ${WRAPPED} FROM data_keys WHERE key_id <> ? AND (subject, generation) > (?, ?) ORDER BY subject, generation LIMIT ?`,
      ),
    );
    let rewrapped = 0;
    for (let last: [string, number] = ['', 0]; ; ) {
      const rows = guarded(path, () => page.all([current, ...last, ROWS_AT_ONCE]));
      for (const row of rows) {
        const [subject, generation, keyId] = [textOf(row[0]), Number(row[1]), textOf(row[2])];
        last = [subject, generation];
        const label = labelOf(subject, generation);
        const made = await keys.wrap(await keys.unwrap({ keyId, wrapped: bytesOf(row[3]) }, label), label);
        const sql = 'UPDATE data_keys SET key_id = ?, wrapped = ? WHERE subject = ? AND generation = ? AND key_id = ?';
        // None where it was destroyed meanwhile.
        rewrapped += guarded(path, () => db.statement(sql).run([made.keyId, made.wrapped, subject, generation, keyId]));
      }
      if (rows.length < ROWS_AT_ONCE) return rewrapped;
    }
  }

  async #load(subject: string): Promise<Loaded> {
    const { keys, nowMs } = this.#parts;
    const newest = this.newest(subject);
    const kept = this.#reserved(subject, newest) ?? (await this.#make(subject, newest + 1));
    const key = await keys.unwrap(kept, labelOf(subject, kept.generation));
    return {
      generation: kept.generation,
      box: createSealedBox(key),
      left: Math.min(USES_AT_ONCE, this.#parts.usesMax),
      untilMs: nowMs() + LIVE_MS,
    };
  }

  /** Notes uses of a key; undefined when there is none, or it has none left. */
  #reserved(subject: string, generation: number) {
    const { db, path, usesMax } = this.#parts;
    const uses = Math.min(USES_AT_ONCE, usesMax);
    const sql = `UPDATE data_keys SET uses = uses + ? WHERE subject = ? AND generation = ? AND uses + ? <= ? RETURNING ${WRAPPED}`;
    const row = guarded(path, () => db.statement(sql).get([uses, subject, generation, uses, usesMax]));
    if (row === undefined) return undefined;
    return { generation, keyId: textOf(row[0]), wrapped: bytesOf(row[1]) };
  }

  async #make(subject: string, generation: number) {
    const { db, path, keys, usesMax } = this.#parts;
    const made = await keys.wrap(randomBytes(32), labelOf(subject, generation));
    const sql =
      'INSERT INTO data_keys (subject, generation, key_id, wrapped, uses) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';
    const uses = Math.min(USES_AT_ONCE, usesMax);
    const added = guarded(path, () => db.statement(sql).run([subject, generation, made.keyId, made.wrapped, uses]));
    // Somebody made one while this one was being wrapped.
    const kept = added > 0 ? { generation, ...made } : this.#reserved(subject, generation);
    if (kept === undefined) throw new SallyportError('STORE_BROKEN', { detail: `${path}: a data key cannot be made` });
    return kept;
  }

  #get(sql: string, values: readonly (string | number)[]) {
    return guarded(this.#parts.path, () => this.#parts.db.statement(sql).get([...values]));
  }
}

/** What a data key is bound to: in the place of another it does not unwrap. */
function labelOf(subject: string, generation: number): string {
  return JSON.stringify(['data-key', subject, generation]);
}
