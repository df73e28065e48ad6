import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type Erasure,
  type KeptPayload,
  type KeyEncryption,
  type NewPayload,
  type OpenedPayload,
  type PayloadContent,
  type PayloadPart,
  type PayloadStore,
  type RecordedSubject,
  SallyportError,
  type Shred,
  type Subject,
  type SubjectKind,
} from '@sallyport/core';
import { asBytes, asNumber, bytesOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { DATA_KEYS_SCHEMA, DataKeys, USES_MAX } from './data-keys.ts';
import { type PayloadRow, PayloadWriter } from './payload-writer.ts';
import type { Row, Sqlite } from './sqlite.js';

export const PAYLOADS_FILE = 'payloads.db';
const PAYLOADS_LAYOUT = 1;
const PAYLOADS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS payloads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, exchange TEXT NOT NULL, part TEXT NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, generation INTEGER NOT NULL, at TEXT NOT NULL, sealed BLOB NOT NULL, UNIQUE (exchange, part)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS payloads_by_subject ON payloads (subject, seq);
  ${DATA_KEYS_SCHEMA}
`;
const COLUMNS = `seq, ${asBytes('exchange', 'part', 'kind', 'subject')}, ${asNumber('generation')}, ${asBytes('at', 'sealed')}`;
const SALT_BYTES = 32;
const SALT_CHARS = 2 * SALT_BYTES;
/** A key that is destroyed while something is sealed under it: its next generation seals, and is not destroyed again at once. */
const TRIES = 3;
/** Rows that one transaction takes away, so that erasing much doesn't hold others up. */
const ROWS_AT_ONCE = 200;

export interface PayloadStoreOptions {
  /** For hashes of subjects' names, 32 bytes. */
  readonly subjectKey: Uint8Array;
  readonly keys: KeyEncryption;
  /** `relaxed`: a power cut may lose the last payloads. Default `strict`. */
  readonly audit?: 'strict' | 'relaxed';
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
  /** Payloads that one data key seals, 1..; default 2^30. */
  readonly usesMax?: number;
}

/**
 * The payloads of a data folder, each sealed with AES-256-GCM under a data key of its subject, bound to its exchange, part, subject and
 * key. SQLite overwrites what is deleted with zeros (`secure_delete`), and its journal is emptied after each erasure; what
 * the disk, the file system or a copy keeps besides is out of its reach: that is what the keys are destroyed for.
 * Cost: 0.3 ms a payload of 1 KB where 16 come at once, of two busy cores; one alone a transaction and, with `strict`, a flush, on the event loop.
 * @throws {SallyportError} `STORE_BROKEN`
 */
export function openPayloadStore(dataFolder: string, options: PayloadStoreOptions): PayloadStore {
  const path = join(ensureDataFolder(dataFolder), PAYLOADS_FILE);
  const synchronous = options.audit === 'relaxed' ? 'NORMAL' : 'FULL';
  const db = openDatabase({ path, schema: PAYLOADS_SCHEMA, version: PAYLOADS_LAYOUT, options: { synchronous } });
  guarded(path, () => db.exec('PRAGMA secure_delete=ON'));
  return new SqlitePayloads(db, path, options);
}

class SqlitePayloads implements PayloadStore {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #subjectKey: Uint8Array;
  readonly #nowMs: () => number;
  readonly #keys: DataKeys;
  readonly #writer: PayloadWriter;

  constructor(db: Sqlite, path: string, options: PayloadStoreOptions) {
    const { subjectKey, keys, nowMs = Date.now, usesMax = USES_MAX } = options;
    this.#db = db;
    this.#path = path;
    this.#subjectKey = subjectKey;
    this.#nowMs = nowMs;
    this.#keys = new DataKeys({ db, path, keys, nowMs, usesMax });
    this.#writer = new PayloadWriter(db, path);
  }

  recorded({ kind, name }: Subject): RecordedSubject {
    return { kind, id: createHmac('sha256', this.#subjectKey).update(`${kind}:${name}`).digest('hex') };
  }

  async keep({ exchange, part, subject, content }: NewPayload): Promise<KeptPayload> {
    const { kind, id } = this.recorded(subject);
    const text = JSON.stringify(content);
    const at = new Date(this.#nowMs()).toISOString();
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { generation, box } = await this.#keys.sealing(id);
      const place = { exchange, part, kind, subject: id, generation, at };
      const salt = randomBytes(SALT_BYTES).toString('hex');
      const sealed = box.seal(`${salt}${text}`, labelOf(place));
      if (await this.#writer.write({ ...place, sealed })) {
        return { generation, commitment: commitmentOf(place, salt, text) };
      }
      this.#keys.forget(id);
    }
    throw new SallyportError('STORE_BROKEN', { detail: `${this.#path}: a payload is not taken` });
  }

  of(exchange: string): Promise<readonly OpenedPayload[]> {
    return this.#open(`SELECT ${COLUMNS} FROM payloads WHERE exchange = ? ORDER BY seq`, [exchange]);
  }

  ofSubject(
    subject: Subject,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly OpenedPayload[]> {
    const sql = `SELECT ${COLUMNS} FROM payloads WHERE subject = ? AND seq > ? ORDER BY seq LIMIT ?`;
    return this.#open(sql, [this.recorded(subject).id, after, limit]);
  }

  generation(subject: Subject): number {
    return this.#keys.newest(this.recorded(subject).id);
  }

  async shred({ subject, generations }: Shred): Promise<Erasure> {
    if (this.#keys.destroyed(subject) >= generations && this.#sealedUpTo(subject, generations) === 0) return NOTHING;
    const keys = this.#keys.destroy(subject, generations);
    this.#emptyJournal();
    let payloads = 0;
    for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; payloads += gone) {
      const sql =
        'DELETE FROM payloads WHERE seq IN (SELECT seq FROM payloads WHERE subject = ? AND generation <= ? LIMIT ?)';
      gone = guarded(this.#path, () => this.#db.statement(sql).run([subject, generations, ROWS_AT_ONCE]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#emptyJournal();
    return { keys, payloads };
  }

  async rewrap(): Promise<number> {
    const rewrapped = await this.#keys.rewrap();
    if (rewrapped > 0) this.#emptyJournal();
    return rewrapped;
  }

  keyIds(): readonly string[] {
    return this.#keys.keyIds();
  }

  close(): void {
    this.#writer.flush();
    this.#emptyJournal();
    this.#db.close();
  }

  #sealedUpTo(subject: string, generations: number): number {
    const keys = 'SELECT 1 FROM data_keys WHERE subject = ? AND generation <= ?';
    const payloads = 'SELECT 1 FROM payloads WHERE subject = ? AND generation <= ?';
    const sql = `SELECT count(*) FROM (${keys} UNION ALL ${payloads} LIMIT 1)`;
    const values = [subject, generations, subject, generations];
    return guarded(this.#path, () => Number(this.#db.statement(sql).get(values)?.[0]));
  }

  /** Old pages lie in the journal until it is folded in: it is emptied, unless somebody reads just then. */
  #emptyJournal(): void {
    guarded(this.#path, () => this.#db.statement('PRAGMA wal_checkpoint(TRUNCATE)').get([]));
  }

  async #open(sql: string, values: readonly (string | number)[]): Promise<readonly OpenedPayload[]> {
    const rows = guarded(this.#path, () => this.#db.statement(sql).all([...values]));
    const opened: OpenedPayload[] = [];
    for (const row of rows) {
      const { seq, sealed, ...place } = placedRow(row);
      const box = await this.#keys.opening(place.subject, place.generation);
      if (box === undefined) continue;
      const whole = box.open(sealed, labelOf(place));
      const [salt, text] = [whole.slice(0, SALT_CHARS), whole.slice(SALT_CHARS)];
      const { exchange, part, kind, subject: id, generation, at } = place;
      const commitment = commitmentOf(place, salt, text);
      const content = JSON.parse(text) as PayloadContent;
      opened.push({ seq, exchange, part, subject: { kind, id }, generation, at, commitment, content });
    }
    return opened;
  }
}

const NOTHING: Erasure = { keys: 0, payloads: 0 };

type Place = Omit<PayloadRow, 'sealed'>;

/** What a payload is bound to: under another exchange, part, subject, key or time it does not open. */
function labelOf({ exchange, part, kind, subject, generation, at }: Place): string {
  return JSON.stringify(['payload', exchange, part, kind, subject, generation, at]);
}

function commitmentOf(place: Place, salt: string, text: string): string {
  return createHmac('sha256', Buffer.from(salt, 'hex'))
    .update(`${labelOf(place)}\n${text}`)
    .digest('hex');
}

function placedRow([seq, exchange, part, kind, subject, generation, at, sealed]: Row): PayloadRow & { seq: number } {
  return {
    seq: Number(seq),
    exchange: textOf(exchange),
    part: textOf(part) as PayloadPart,
    kind: textOf(kind) as SubjectKind,
    subject: textOf(subject),
    generation: Number(generation),
    at: textOf(at),
    sealed: bytesOf(sealed),
  };
}
