import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { SallyportError, type TileFiles } from '@sallyport/core';
import { ensureDataFolder, guarded } from './data-folder.ts';
import { openTileFolder } from './tile-folder.ts';
import { replaceFile } from './write-file.ts';

const PATH = /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,127}\/){0,3}[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const LOG = 'log';
/** Largest file of a pack, bytes; those of the log have their own bound. */
const FILE_MAX_BYTES = 67_108_864;
/** Files that are listed at most: a folder with more is no pack. */
const FILES_MAX = 10_000;

/** A folder of evidence: its own files, and the tiles of the log in `log/`. */
export interface PackFolder {
  /** Undefined where there is no such file, or none that a pack could hold. */
  read(path: string): Promise<Uint8Array | undefined>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Paths of all files outside of `log/`, links and the like too. */
  list(): Promise<readonly string[]>;
  readonly log: TileFiles;
}

/**
 * Opens a folder of evidence; it is made at the first write. Files are readable by their owner alone, and each is whole or not there.
 * Every failure of the disk rejects with `STORE_BROKEN`.
 */
export function openPackFolder(folder: string): PackFolder {
  const root = resolve(folder);
  const placeOf = (path: string) => {
    if (!PATH.test(path)) throw new SallyportError('INTERNAL', { detail: 'a path of a pack has another form' });
    return join(root, ...path.split('/'));
  };
  return {
    log: openTileFolder(join(root, LOG)),
    read: async (path) => {
      const place = placeOf(path);
      if (!existsSync(place)) return undefined;
      const { size, isFile } = await stat(place).then((found) => ({ size: found.size, isFile: found.isFile() }));
      return isFile && size <= FILE_MAX_BYTES ? readFile(place) : undefined;
    },
    write: async (path, bytes) => {
      const place = placeOf(path);
      guarded(place, () => {
        ensureDataFolder(join(place, '..'));
        replaceFile(place, bytes);
      });
    },
    list: async () => {
      const entries = existsSync(root) ? await readdir(root, { recursive: true, withFileTypes: true }) : [];
      const paths = entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter((path) => !path.startsWith(`${LOG}/`));
      if (paths.length > FILES_MAX)
        throw new SallyportError('STORE_BROKEN', { detail: 'the folder holds too many files' });
      return paths.sort();
    },
  };
}
