import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One file of a data folder, read. */
export interface DataFile {
  /** Relative to the folder, with `/`. */
  readonly name: string;
  readonly sha256: string;
  readonly rows: readonly unknown[];
}

/**
 * The rows of `text/<part>` of a data folder (`*.jsonl`, `*.jsonl.gz`), by name of file; none when there is no such part.
 * @throws {Error} when a file is not what its name says
 */
export function readPart(folder: string, part: string): readonly DataFile[] {
  const place = path.join(folder, 'text', part);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => /\.jsonl(\.gz)?$/.test(name))
    .sort()
    .map((name) => {
      const bytes = readFileSync(path.join(place, name));
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      const rows = text.split('\n').filter((line) => line !== '');
      return {
        name: `text/${part}/${name}`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        rows: rows.map((line): unknown => JSON.parse(line)),
      };
    });
}
