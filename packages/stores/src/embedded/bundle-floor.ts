import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { ensureDataFolder, guarded } from './data-folder.ts';
import { replaceFile } from './write-file.ts';

/** The highest version of a policy bundle that was ever in force here, and which bundle it was. */
export interface BundleMark {
  /** 1..2^53-1. */
  readonly version: number;
  /** SHA-256 of its manifest, hexadecimal. */
  readonly digest: string;
}

/** Below which no bundle is taken: it outlives the process, so that a restart is no way back. */
export interface BundleFloor {
  readonly mark: BundleMark | undefined;
  /** Durable when it returns. @throws {SallyportError} `STORE_BROKEN` */
  raise(mark: BundleMark): void;
}

const FILE = 'policy-bundle.json';

/** @throws {SallyportError} `STORE_BROKEN` when the mark is there and can't be read: without it any version would do */
export function openBundleFloor(dataFolder: string): BundleFloor {
  const path = join(ensureDataFolder(dataFolder), FILE);
  let mark = guarded(path, () => (existsSync(path) ? readMark(readFileSync(path, 'utf8')) : undefined));
  return {
    get mark() {
      return mark;
    },
    raise: (next) => {
      guarded(path, () => replaceFile(path, `${JSON.stringify(next)}\n`));
      mark = next;
    },
  };
}

function readMark(text: string): BundleMark {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'version' in value && 'digest' in value) {
    const { version, digest } = value;
    if (typeof version === 'number' && Number.isSafeInteger(version) && typeof digest === 'string') {
      return { version, digest };
    }
  }
  throw new SallyportError('STORE_BROKEN', { detail: 'the mark of the last policy bundle is not one' });
}
