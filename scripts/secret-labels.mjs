/**
 * Copies a folder of labelled credentials without the rows whose label says nothing about a detector of values.
 * `node scripts/secret-labels.mjs <folder> <new folder>`, then `sallyport eval <new folder> --head secrets`.
 * Which rows those are, and why: `secret-labels.json`, by the SHA-256 of their text; README of the detector `secrets`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { requireNode } from './workspace.mjs';

requireNode();
const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write('usage: node scripts/secret-labels.mjs <folder> <new folder>\n');
  process.exit(2);
}
/** @type {Record<string, readonly string[]>} */
const reasons = JSON.parse(readFileSync(new URL('secret-labels.json', import.meta.url), 'utf8'));
const dropped = new Map(Object.entries(reasons).flatMap(([why, hashes]) => hashes.map((hash) => [hash, why])));
/** @type {Record<string, number>} */
const counts = {};
mkdirSync(to, { recursive: true });
for (const file of readdirSync(from).filter((name) => name.endsWith('.jsonl.gz'))) {
  const rows = gunzipSync(readFileSync(path.join(from, file)))
    .toString('utf8')
    .trim()
    .split('\n');
  const kept = rows.filter((row) => {
    const hash = createHash('sha256').update(JSON.parse(row).text).digest('hex').slice(0, 16);
    const why = dropped.get(hash);
    if (why !== undefined) counts[why] = (counts[why] ?? 0) + 1;
    return why === undefined;
  });
  writeFileSync(path.join(to, file.replace(/\.gz$/, '')), `${kept.join('\n')}\n`);
}
process.stdout.write(`left out: ${JSON.stringify(counts)}\n`);
