import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { asBytes, asNumber, bytesOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import type { Sqlite } from './sqlite.js';
import { createFile } from './write-file.ts';

const WITNESS_FILE = 'witness.db';
const WITNESS_LAYOUT = 1;
const WITNESS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS witnessed (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, checkpoint TEXT NOT NULL
  ) STRICT
`;
const KEY_FILE = 'witness-key.json';
/** Names of keys as a signed note can carry them: printable ASCII, no space, no plus sign. */
const NAME = /^[!-*,-~]{1,128}$/;

/** The last checkpoint of a log that a witness cosigned. */
export interface StoredWitnessedHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly checkpoint: string;
}

export interface EmbeddedWitnessState {
  get(origin: string): StoredWitnessedHead | undefined;
  advance(oldSize: number, next: StoredWitnessedHead): boolean;
  close(): void;
}

/** What a witness knows, one row a log; a row is durable before `advance` returns. @throws {SallyportError} `STORE_BROKEN` */
export function openWitnessState(folder: string): EmbeddedWitnessState {
  const path = join(ensureDataFolder(folder), WITNESS_FILE);
  return new SqliteWitnessState(openDatabase({ path, schema: WITNESS_SCHEMA, version: WITNESS_LAYOUT }), path);
}

class SqliteWitnessState implements EmbeddedWitnessState {
  readonly #db: Sqlite;
  readonly #path: string;

  constructor(db: Sqlite, path: string) {
    this.#db = db;
    this.#path = path;
  }

  get(origin: string): StoredWitnessedHead | undefined {
    const sql = `SELECT ${asNumber('size')}, ${asBytes('root', 'checkpoint')} FROM witnessed WHERE origin = ?`;
    const row = guarded(this.#path, () => this.#db.statement(sql).get([origin]));
    if (row === undefined) return undefined;
    const [size, root, checkpoint] = row;
    return { origin, size: Number(size), root: bytesOf(root), checkpoint: textOf(checkpoint) };
  }

  /** One statement looks and writes, so that of two processes too only one can go on from the same size. */
  advance(oldSize: number, { origin, size, root, checkpoint }: StoredWitnessedHead): boolean {
    return guarded(this.#path, () => {
      if (oldSize === 0) {
        const insert = `INSERT INTO witnessed (origin, size, root, checkpoint) VALUES (?, ?, ?, ?)
          ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint
          WHERE size = 0`;
        return this.#db.statement(insert).run([origin, size, root, checkpoint]) === 1;
      }
      const update = 'UPDATE witnessed SET size = ?, root = ?, checkpoint = ? WHERE origin = ? AND size = ?';
      return this.#db.statement(update).run([size, root, checkpoint, origin, oldSize]) === 1;
    });
  }

  close(): void {
    this.#db.close();
  }
}

export interface WitnessKeys {
  readonly name: string;
  /** Ed25519. */
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * The key of a witness, made at its first start; readable by its owner alone.
 * @param name of the witness; only the first start may choose it
 * @throws {SallyportError} `CONFIG_INVALID` for a name that is none or another, `STORE_BROKEN`
 */
export function openWitnessKeys(folder: string, name?: string): WitnessKeys {
  const path = join(ensureDataFolder(folder), KEY_FILE);
  return guarded(path, () => {
    if (!existsSync(path)) {
      if (name === undefined || !NAME.test(name)) {
        const detail =
          'a witness needs a name of 1 to 128 ASCII characters, no space, no +, such as `witness.example/w1`';
        throw new SallyportError('CONFIG_INVALID', { detail });
      }
      const { privateKey } = generateKeyPairSync('ed25519');
      createFile(path, JSON.stringify({ v: 1, name, signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) }));
    }
    const found = keysIn(readFileSync(path, 'utf8'));
    if (found === undefined)
      throw new SallyportError('STORE_BROKEN', { detail: `${path} does not hold a witness's key` });
    if (name !== undefined && name !== found.name) {
      throw new SallyportError('CONFIG_INVALID', { detail: `this witness's name is \`${found.name}\`, not another` });
    }
    return found;
  });
}

/** The parser's own errors are dropped: they quote what could not be read. */
function keysIn(text: string): WitnessKeys | undefined {
  try {
    const { name, signingKey: pem } = JSON.parse(text) as Record<string, unknown>;
    if (typeof name !== 'string' || typeof pem !== 'string' || !NAME.test(name)) return undefined;
    const signingKey = createPrivateKey(pem);
    return signingKey.asymmetricKeyType === 'ed25519'
      ? { name, signingKey, publicKey: createPublicKey(signingKey) }
      : undefined;
  } catch {
    return undefined;
  }
}
