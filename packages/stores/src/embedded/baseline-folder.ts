import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDataFolder, guarded } from './data-folder.ts';
import { createFile, replaceFile } from './write-file.ts';

const FOLDER = 'baselines';
const ENDING = '.json';
/** What a baseline may be called: no path, and no name of a file. */
export const BASELINE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** Largest file that is read, bytes. */
export const BASELINE_MAX_BYTES = 33_554_432;

/** Where baselines lie in a data folder, a file each, for its owner alone. */
export interface BaselineFolder {
  /** In order of the alphabet. */
  names(): readonly string[];
  /** Undefined where there is none of this name, or a file larger than one may be. */
  read(name: string): string | undefined;
  /** @returns whether it was written: another of the name is not replaced */
  create(name: string, text: string): boolean;
  replace(name: string, text: string): void;
}

/** Every failure of the disk throws `STORE_BROKEN`. @param dataFolder nothing is made in it before something is written */
export function openBaselineFolder(dataFolder: string): BaselineFolder {
  const folder = join(dataFolder, FOLDER);
  const placeOf = (name: string) => join(folder, `${name}${ENDING}`);
  return {
    names: () =>
      guarded(folder, () => {
        if (!existsSync(folder)) return [];
        const files = readdirSync(folder).filter((file) => file.endsWith(ENDING));
        return files
          .map((file) => file.slice(0, -ENDING.length))
          .filter((name) => BASELINE_NAME.test(name))
          .sort();
      }),
    read: (name) =>
      guarded(placeOf(name), () => {
        const place = placeOf(name);
        if (!BASELINE_NAME.test(name) || !existsSync(place) || statSync(place).size > BASELINE_MAX_BYTES)
          return undefined;
        return readFileSync(place, 'utf8');
      }),
    create: (name, text) =>
      guarded(placeOf(name), () => {
        ensureDataFolder(folder);
        return createFile(placeOf(name), text);
      }),
    replace: (name, text) =>
      guarded(placeOf(name), () => {
        ensureDataFolder(folder);
        replaceFile(placeOf(name), text);
      }),
  };
}
