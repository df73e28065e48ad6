import { type PayloadPart, SallyportError, type SubjectKind } from '@sallyport/core';
import { errorCode, type Sqlite, type SqlStatement } from './sqlite.js';

/** Sealed bytes that may wait for the disk. */
export const QUEUED_BYTES_MAX = 67_108_864;

export interface PayloadRow {
  readonly exchange: string;
  readonly part: PayloadPart;
  readonly kind: SubjectKind;
  /** Keyed hash of the subject's name. */
  readonly subject: string;
  readonly generation: number;
  readonly at: string;
  readonly sealed: Uint8Array;
}

interface Waiting {
  readonly row: PayloadRow;
  readonly resolve: (taken: boolean) => void;
  readonly reject: (error: SallyportError) => void;
}

/** Only under a data key that is still there: one may be destroyed while something is sealed under it. */
const INSERT = `
  INSERT INTO payloads (exchange, part, kind, subject, generation, at, sealed)
  SELECT ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM data_keys WHERE subject = ? AND generation = ?)
  ON CONFLICT DO NOTHING
`;

/** Writes payloads: all that one turn of the event loop brings share a commit. */
export class PayloadWriter {
  readonly #db: Sqlite;
  readonly #path: string;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #insert: SqlStatement | undefined;

  constructor(db: Sqlite, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /** Resolves when the row is committed; `false` when its data key is gone, or its place is taken. */
  write(row: PayloadRow): Promise<boolean> {
    if (this.#queuedBytes + row.sealed.byteLength > QUEUED_BYTES_MAX) {
      return Promise.reject(new SallyportError('OVERLOADED', { detail: 'too much content waits for the disk' }));
    }
    return new Promise((resolve, reject) => {
      if (this.#queue.push({ row, resolve, reject }) === 1) setImmediate(() => this.flush());
      this.#queuedBytes += row.sealed.byteLength;
    });
  }

  /** Commits what waits. */
  flush(): void {
    const batch = this.#queue;
    if (batch.length === 0) return;
    this.#queue = [];
    this.#queuedBytes = 0;
    let taken: readonly boolean[];
    try {
      taken = this.#commit(batch.map(({ row }) => row));
    } catch (cause) {
      const error = new SallyportError('STORE_BROKEN', { detail: `${this.#path}: ${errorCode(cause)}`, cause });
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const [at, { resolve }] of batch.entries()) resolve(taken[at] === true);
  }

  #commit(rows: readonly PayloadRow[]): readonly boolean[] {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      this.#insert ??= this.#db.statement(INSERT);
      const insert = this.#insert;
      const taken = rows.map(({ exchange, part, kind, subject, generation, at, sealed }) => {
        const values = [exchange, part, kind, subject, generation, at, sealed, subject, generation];
        return insert.run(values) > 0;
      });
      this.#db.exec('COMMIT');
      return taken;
    } catch (error) {
      // A transaction that failed may have ended by itself.
      try {
        this.#db.exec('ROLLBACK');
      } catch {
        // What went wrong first is told.
      }
      throw error;
    }
  }
}
