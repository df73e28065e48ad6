import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const roots: string[] = [];

/** A data folder for one test; it does not exist yet. */
export function dataFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-stores-'));
  roots.push(root);
  return join(root, 'data');
}

/** For `afterAll` of every file that uses `dataFolder`. */
export function removeDataFolders(): void {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
}
