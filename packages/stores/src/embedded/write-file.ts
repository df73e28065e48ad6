import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from './data-folder.ts';

/** Writes a whole file, readable by its owner alone, so that a crash at any moment leaves the old or the new content. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  placeFile(path, content, (temporary) => renameSync(temporary, path));
}

/**
 * Writes a file that must not be there yet; of several processes that try, one wins.
 * @returns whether this call wrote it
 */
export function createFile(path: string, text: string): boolean {
  try {
    placeFile(path, text, (temporary) => linkSync(temporary, path));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function placeFile(path: string, content: string | Uint8Array, place: (temporary: string) => void): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    place(temporary);
    syncFolder(dirname(path));
  } finally {
    rmSync(temporary, { force: true });
  }
}
