import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { ensureDataFolder, guarded } from './data-folder.ts';
import { errorCode, Sqlite } from './sqlite.js';
import { createFile, replaceFile } from './write-file.ts';

export interface FolderLock {
  /** May be called twice. */
  release(): void;
}

/** Characters of the holder file that are read. */
const HOLDER_MAX_CHARS = 200;

/**
 * Makes this process the one that writes to a data folder, until `release` or its end: the operating system frees the
 * lock of a process that was killed. The lock is an exclusive transaction held open on a database of its own, so that
 * other processes may still read the records.
 * @throws {SallyportError} `STORE_LOCKED` when another process (or this one) holds it; `detail` names its pid and since when
 */
export function lockDataFolder(dataFolder: string): FolderLock {
  const folder = ensureDataFolder(dataFolder);
  const holderFile = join(folder, 'lock.json');
  const db = heldLock(join(folder, 'lock.db'), () => `${folder} is held by ${holder(holderFile)}`);
  guarded(holderFile, () => {
    replaceFile(holderFile, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
  });
  return { release: () => db.close() };
}

function heldLock(path: string, describe: () => string): Sqlite {
  let db: Sqlite | undefined;
  try {
    createFile(path, '');
    db = new Sqlite(path, { journal: 'delete', busyTimeoutMs: 0 });
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    if (errorCode(error).startsWith('SQLITE_BUSY')) throw new SallyportError('STORE_LOCKED', { detail: describe() });
    throw new SallyportError('STORE_BROKEN', { detail: `${path}: ${errorCode(error)}`, cause: error });
  }
}

function holder(holderFile: string): string {
  try {
    const text = readFileSync(holderFile, 'utf8');
    const found: unknown = text.length > HOLDER_MAX_CHARS ? undefined : JSON.parse(text);
    const { pid, since } = found as Record<string, unknown>;
    if (Number.isSafeInteger(pid) && typeof since === 'string') return `process ${pid} since ${since}`;
  } catch {
    // The lock itself is certain; who holds it is a courtesy.
  }
  return 'an unknown process';
}
