import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { ensureDataFolder, guarded } from './data-folder.ts';

/** How far somebody has read the log: it outlives the process, so that a restart goes on from there. */
export interface LogCursor {
  /** Index of the leaf that is next; undefined where nobody has read yet. */
  readonly next: number | undefined;
  /** Resolves when it is durable; rejects where it cannot be. One at a time. */
  save(next: number): Promise<void>;
}

/**
 * @param name of who reads, such as `otlp-logs`
 * @param onBroken says where to begin when it is there and can't be read: the next save writes it anew
 * @throws {SallyportError} `STORE_BROKEN` in that case, without `onBroken`
 */
export function openLogCursor(
  dataFolder: string,
  name: string,
  onBroken: (error: unknown) => number = thrown,
): LogCursor {
  const path = join(ensureDataFolder(dataFolder), `cursor-${name}.json`);
  let next = known(path, onBroken);
  return {
    get next() {
      return next;
    },
    save: async (to) => {
      const temporary = `${path}.tmp`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify({ next: to })}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
      next = to;
    },
  };
}

function readNext(text: string): number {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'next' in value) {
    const { next } = value;
    if (typeof next === 'number' && Number.isSafeInteger(next) && next >= 0) return next;
  }
  throw new SallyportError('STORE_BROKEN', { detail: 'a cursor into the log is not one' });
}

function known(path: string, onBroken: (error: unknown) => number): number | undefined {
  try {
    return guarded(path, () => (existsSync(path) ? readNext(readFileSync(path, 'utf8')) : undefined));
  } catch (error) {
    return onBroken(error);
  }
}

function thrown(error: unknown): never {
  throw error;
}
