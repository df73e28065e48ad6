import { readFileSync } from 'node:fs';

/** Parses a table of this package's `assets` folder, which lies beside both `src` and `dist`. */
export function readAsset(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8'));
}
