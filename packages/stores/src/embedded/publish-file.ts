import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDataFolder, guarded } from './data-folder.ts';
import { replaceFile } from './write-file.ts';

/** Keeps a file of a data folder at this text: what others are given to read. @throws {SallyportError} `STORE_BROKEN` */
export function publishFile(dataFolder: string, name: string, text: string): void {
  const path = join(ensureDataFolder(dataFolder), name);
  guarded(path, () => {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) replaceFile(path, text);
  });
}
