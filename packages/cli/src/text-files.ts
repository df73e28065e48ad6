import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that hold no text of one's own. */
const PASSED_OVER = new Set(['node_modules', '.git']);

/** Entries that one walk takes at most; a folder with more is scanned in parts. */
export const MAX_FILES = 200_000;

/**
 * The files behind a path: itself, or everything below a folder in order of name. Links are not followed, so that no walk
 * leaves its folder or runs in circles.
 * @returns undefined when there is nothing of this name
 */
export function filesAt(path: string, accepts: (name: string) => boolean = () => true): readonly string[] | undefined {
  const stat = statOf(path);
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return [path];
  const files: string[] = [];
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined && files.length < MAX_FILES; folder = folders.pop()) {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.isFile() && accepts(entry.name)) files.push(join(folder, entry.name));
      else if (entry.isDirectory() && !PASSED_OVER.has(entry.name)) folders.push(join(folder, entry.name));
    }
  }
  return files.slice(0, MAX_FILES).sort();
}

/** A text that was given in a path's place may be longer than any name can be: that too is nothing of this name. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
