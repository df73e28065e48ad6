/** The texts that every contestant sees: labelled rows of a folder, or else the detectors' own cases. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** @typedef {'injection' | 'pii' | 'secrets'} TaskName */
/** @typedef {{ readonly text: string, readonly positive: boolean, readonly source: string }} Row */

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url));
/** Rows of one source at most, evenly spread over it: no source outweighs the rest, and slow peers end. */
const ROWS_PER_SOURCE = 200;

/** @type {Readonly<Record<TaskName, string>>} */
const FOLDERS = { injection: 'text/dev', pii: 'pii/dev', secrets: 'secrets' };
/** @type {readonly TaskName[]} */
export const TASKS = ['injection', 'pii', 'secrets'];

/** @param {string} file below `packages/` */
const readJson = (file) => JSON.parse(readFileSync(path.join(PACKAGES, file), 'utf8'));
/** @type {Readonly<Record<string, { readonly categories: readonly string[], readonly otherKinds: readonly string[] }>>} */
const heads = readJson('cli/src/eval/heads.json');
const piiTypes = new Set(
  Object.values(/** @type {Record<string, string[]>} */ (readJson('cli/src/eval/pii-types.json'))).flat(),
);

/** @param {TaskName} task @returns {readonly string[]} the categories of findings that count */
export const categoriesOf = (task) => heads[task]?.categories ?? [];

/** @type {Readonly<Record<TaskName, readonly string[]>>} */
const DETECTORS = {
  injection: ['prompt-injection', 'hidden-text', 'exfiltration'],
  pii: ['personal-data'],
  secrets: ['secrets'],
};
/** @param {TaskName} task @returns {readonly string[]} ids of the detectors whose findings count */
export const detectorsOf = (task) => DETECTORS[task];

/**
 * @param {TaskName} task
 * @param {string | undefined} data folder with `text/dev`, `pii/dev` and `secrets`; without it the cases of this repository
 * @returns {readonly Row[]}
 */
export function rowsOf(task, data) {
  if (data === undefined) return ownCases(task);
  const folder = path.join(data, FOLDERS[task]);
  if (!existsSync(folder)) return [];
  /** @type {Map<string, Row[]>} */
  const bySource = new Map();
  for (const name of readdirSync(folder).filter((file) => /\.jsonl(?:\.gz)?$/.test(file))) {
    for (const line of linesOf(path.join(folder, name))) {
      const row = rowOf({ source: name.replace(/\.jsonl(?:\.gz)?$/, ''), ...JSON.parse(line) }, task);
      if (row === undefined) continue;
      const rows = bySource.get(row.source) ?? [];
      rows.push(row);
      bySource.set(row.source, rows);
    }
  }
  return [...bySource.values()].flatMap(spread);
}

/** @param {string} file */
function linesOf(file) {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** @param {readonly Row[]} rows */
function spread(rows) {
  if (rows.length <= ROWS_PER_SOURCE) return rows;
  return Array.from({ length: ROWS_PER_SOURCE }, (_, at) => {
    const row = rows[Math.floor((at * rows.length) / ROWS_PER_SOURCE)];
    if (row === undefined) throw new RangeError('beyond the rows');
    return row;
  });
}

/**
 * @param {{ text: string, label?: string, kind?: string, source: string, spans?: { type: string }[] }} raw
 * @param {TaskName} task
 * @returns {Row | undefined}
 */
function rowOf({ text, label, kind = '', source, spans }, task) {
  if (task === 'pii') {
    if (spans === undefined) return undefined;
    return { text, source, positive: spans.some(({ type }) => piiTypes.has(type.toUpperCase())) };
  }
  if (label === 'benign') return kind === 'system_prompt' ? undefined : { text, source, positive: false };
  if (label !== 'attack' && label !== 'secret') return undefined;
  return heads[task]?.otherKinds.includes(kind) ? undefined : { text, source, positive: true };
}

/** @param {TaskName} task @returns {readonly Row[]} */
function ownCases(task) {
  const folder = { injection: 'prompt-injection', pii: 'personal-data', secrets: 'secrets' }[task];
  const cases = linesOf(path.join(PACKAGES, 'detectors/src', folder, 'cases.jsonl')).map((line) => JSON.parse(line));
  if (task === 'injection') {
    return cases.flatMap(({ attack, about, lang }) => [
      { text: attack, positive: true, source: lang },
      { text: about, positive: false, source: lang },
    ]);
  }
  return cases.flatMap(({ text, parts, expect }) => {
    const whole = text ?? parts?.join('');
    if (typeof whole !== 'string' || !Array.isArray(expect)) return [];
    return [{ text: whole, positive: expect.length > 0, source: 'cases' }];
  });
}
