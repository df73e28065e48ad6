import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { errorCode, Sqlite, type SqliteOptions } from './sqlite.js';

/** Makes the folder, readable by its owner alone, unless it is there. */
export function ensureDataFolder(dataFolder: string): string {
  const folder = resolve(dataFolder);
  return guarded(`data folder ${folder}`, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  });
}

export interface DatabaseFile {
  readonly path: string;
  /** `CREATE TABLE IF NOT EXISTS` statements; absent for a reader, which makes nothing. */
  readonly schema?: string;
  /** Layout of the file, 1.. */
  readonly version: number;
  /** Statements that make a file of layout 1 one of layout 2, then those from 2 to 3, and so on; absent where the schema itself does it. */
  readonly upgrades?: readonly string[];
  readonly options?: SqliteOptions;
}

/** Opens a database of the data folder, for its owner alone, and refuses one that a newer release has written. */
export function openDatabase(file: DatabaseFile): Sqlite {
  return guarded(file.path, () => {
    if (file.schema === undefined) {
      if (!existsSync(file.path)) throw new SallyportError('STORE_BROKEN', { detail: `${file.path} does not exist` });
    } else if (!existsSync(file.path)) {
      // Made empty first: SQLite would make it readable as the process's umask has it.
      closeSync(openSync(file.path, 'a', 0o600));
    }
    const db = new Sqlite(file.path, file.options);
    const found = Number(db.statement('PRAGMA user_version').get([])?.[0]);
    if (found > file.version || (found < file.version && file.schema === undefined)) {
      db.close();
      const remedy =
        found > 0 && found < file.version
          ? ': an earlier release wrote it; start the gateway once, which brings it up to date'
          : '';
      const detail = `${file.path} has layout ${found}, not ${file.version}${remedy}`;
      throw new SallyportError('STORE_BROKEN', { detail });
    }
    if (file.schema !== undefined && found < file.version) {
      makeLayout(db, file, file.schema);
    }
    return db;
  });
}

/** Of several processes that find an older file, one changes it. */
function makeLayout(db: Sqlite, { version, upgrades }: DatabaseFile, schema: string): void {
  db.exec('BEGIN IMMEDIATE');
  const found = Number(db.statement('PRAGMA user_version').get([])?.[0]);
  const steps = found === 0 || upgrades === undefined ? [schema] : upgrades.slice(found - 1);
  if (found < version) db.exec([...steps, `PRAGMA user_version=${version}`].join(';'));
  db.exec('COMMIT');
}

/** Runs what touches the disk; every failure becomes `STORE_BROKEN` with the engine's code. */
export function guarded<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw new SallyportError('STORE_BROKEN', { detail: `${what}: ${errorCode(error)}`, cause: error });
  }
}

/** Flushes a folder's entries, so that a rename in it survives a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
