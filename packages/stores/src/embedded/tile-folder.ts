import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SallyportError, type TileFiles } from '@sallyport/core';
import { errorCode } from './sqlite.js';

const TILE = /^tile\/(?:entries|[0-6])\/(?:x\d{3}\/){0,5}\d{3}(?:\.p\/\d{1,3})?$/;
const PARTIAL = /^tile\/(?:entries|[0-6])\/(?:x\d{3}\/){0,5}\d{3}\.p$/;
/** Largest file of a log: a full bundle of the largest leaves. */
const FILE_MAX_BYTES = 256 * (2 + 65_535);

/**
 * A folder of tiles, readable by its owner alone. Nothing is made before the first write; each file is written aside, flushed and renamed,
 * off the event loop.
 * Every failure of the disk rejects with `STORE_BROKEN`.
 */
export function openTileFolder(folder: string): TileFiles {
  const root = resolve(folder);
  return {
    read: (path) => guarded(path, async () => readBounded(placeOf(root, path, isFile))),
    write: (path, bytes) => guarded(path, () => replace(placeOf(root, path, isFile), bytes)),
    removePartial: (path) => guarded(path, () => rm(placeOf(root, path, isPartial), { recursive: true, force: true })),
  };
}

function placeOf(root: string, path: string, fits: (path: string) => boolean): string {
  if (fits(path)) return join(root, path);
  throw new SallyportError('INTERNAL', { detail: 'a path of tiles has another form' });
}

function isFile(path: string): boolean {
  return path === 'checkpoint' || TILE.test(path);
}

function isPartial(path: string): boolean {
  return PARTIAL.test(path);
}

async function readBounded(place: string): Promise<Uint8Array | undefined> {
  try {
    // Asked first: a folder that somebody else wrote may hold a pipe that never ends, or a file larger than the memory.
    const found = await stat(place);
    return found.isFile() && found.size <= FILE_MAX_BYTES ? await readFile(place) : Buffer.alloc(0);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
}

async function replace(place: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  const temporary = `${place}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, place);
    await syncFolder(dirname(place));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function guarded<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw new SallyportError('STORE_BROKEN', { detail: `archive file ${path}: ${errorCode(error)}`, cause: error });
  }
}
