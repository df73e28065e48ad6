import type { Match } from '../matches/layer-matches.ts';
import { CHECKS, type CheckName, checkNamed } from './check-digits.ts';
import { isCryptoAddress } from './crypto-address.ts';
import { CueIndex } from './cue-index.ts';
import type { Kind } from './kind.ts';
import table from './labelled.json' with { type: 'json' };

interface Row {
  readonly type: string;
  /** Words, keys and openings that a value follows; in small letters. */
  readonly cues: readonly string[];
  /** Those that count only as a key: `"street":`. */
  readonly keys: readonly string[];
  /** What a value looks like, in terms of `parts`. */
  readonly value: string;
  /** What may still become one: it has to reach the end of the text. */
  readonly open: string;
  readonly check: string;
  readonly minDigits: number;
  readonly score: number;
  readonly maxChars: number;
}

interface CompiledRow extends Row {
  readonly pattern: RegExp;
  readonly openPattern: RegExp;
  readonly checkDigits: CheckName;
}

/** Its small letters and capitals differ. */
const CRYPTO = 'crypto-address';
/** How far behind a cue its value may begin, over marks or over the names of columns. */
const MAX_REACH_CHARS = 320;

const ROWS: readonly Row[] = table.rows;
const COMPILED = ROWS.map(
  (row): CompiledRow => ({
    ...row,
    pattern: new RegExp(withParts(row.value), 'uy'),
    openPattern: new RegExp(`${withParts(row.open)}$`, 'uy'),
    checkDigits: checkNamed(row.check),
  }),
);
const INDEX = new CueIndex(
  COMPILED.flatMap((row) => [
    ...row.cues.map((text) => ({ text, isKey: false, row })),
    ...row.keys.map((text) => ({ text, isKey: true, row })),
  ]),
  table.fillers,
);
const MAX_VALUE_CHARS = Math.max(...ROWS.map(({ maxChars }) => maxChars));

/** What words, keys of JSON and openings of a sentence announce: `passport no.`, `"dob":`. */
export const labelled: Kind = {
  types: [...new Set(ROWS.map(({ type }) => type))],
  trigger: { keywords: INDEX.keywords, as: 'word-start' },
  maxChars: MAX_VALUE_CHARS,
  matches: (text, hits) => {
    const found: Match[] = [];
    for (const hit of hits) {
      for (const { row, starts } of INDEX.at(text, hit)) {
        for (const start of starts) {
          const match = valueAt(text, start, row);
          if (match !== undefined) found.push(match);
        }
      }
    }
    return found;
  },
  openFrom: (text, hits) => {
    let from = text.length;
    const limit = text.length - MAX_REACH_CHARS - MAX_VALUE_CHARS;
    for (let i = hits.length - 1; i >= 0 && (hits[i] ?? 0) >= limit; i--) {
      for (const { row, starts } of INDEX.at(text, hits[i] ?? 0)) {
        for (const start of starts) {
          const mayGrow = start < from && text.length - start <= row.maxChars;
          if (mayGrow && endOf(row.openPattern, text, start) !== undefined) from = start;
        }
      }
    }
    return from;
  },
};

/** A part is named in braces: `{date}`. */
function withParts(source: string): string {
  return source.replace(/\{([a-z-]+)\}/g, (whole, name: string) => {
    const part = Object.entries(table.parts).find(([known]) => known === name)?.[1];
    return part === undefined ? whole : `(?:${withParts(part)})`;
  });
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const compactOf = (written: string): string => written.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase();

function valueAt(text: string, start: number, row: CompiledRow): Match | undefined {
  const end = endOf(row.pattern, text, start);
  if (end === undefined || end - start > row.maxChars) return undefined;
  const written = text.slice(start, end);
  if (written.replace(/[^\p{N}]/gu, '').length < row.minDigits) return undefined;
  const isSound = row.type === CRYPTO ? isCryptoAddress(written) : CHECKS[row.checkDigits](compactOf(written));
  return isSound ? { type: row.type, score: row.score, start, end, value: canonical(written, row.type) } : undefined;
}

function canonical(written: string, type: string): string {
  if (type === CRYPTO) return written;
  const isWords = type === 'person-name' || type === 'postal-address';
  return isWords ? written.toLowerCase().replace(/\s+/gu, ' ') : compactOf(written);
}
