import type { Match } from '../matches/layer-matches.ts';
import { CHECKS, type CheckName, checkNamed } from './check-digits.ts';
import { isCryptoAddress } from './crypto-address.ts';
import type { Kind } from './kind.ts';
import table from './labelled.json' with { type: 'json' };

interface Row {
  readonly type: string;
  /** Words, keys and openings that a value follows; in small letters. */
  readonly cues: readonly string[];
  /** What a value looks like, in terms of `parts`. */
  readonly value: string;
  /** What may still become one: it has to reach the end of the text. */
  readonly open: string;
  readonly check: string;
  readonly minDigits: number;
  readonly score: number;
  readonly maxChars: number;
}

/** Its small letters and capitals differ. */
const CRYPTO = 'crypto-address';
/** Further from its cue a value is not looked for. */
const MAX_GAP_CHARS = 64;
/** Shorter cues count only whole: `lat` is not in `latest`. */
const MIN_STEM_CHARS = 5;

const MAX_CUE_CHARS = Math.max(...table.rows.flatMap(({ cues }) => cues.map(({ length }) => length)));

const GAP = new RegExp(withParts(table.gap), 'iuy');
/** Names of columns up to the end of their line: the value is the first of the line behind it. */
const COLUMNS = /(?:,[A-Za-z_ ]{1,24}){1,12}\r?\n"?/y;
const LETTER = /[\p{L}\p{M}]/u;
const OTHER_WORDS = new Set(table.notNames);

/** What words, keys of JSON and openings of a sentence announce: `passport no.`, `"dob":`, `my name is`. */
export const labelledKinds: readonly (readonly [rule: string, kind: Kind])[] = table.rows.map((row, i) => [
  `labelled-${i}-${row.type}`,
  labelled(row),
]);

/** A part is named in braces: `{name}`. */
function withParts(source: string): string {
  return source.replace(/\{([a-z-]+)\}/g, (whole, name: string) => {
    const part = Object.entries(table.parts).find(([known]) => known === name)?.[1];
    return part === undefined ? whole : `(?:${withParts(part)})`;
  });
}

/** The scan knows only the capitals of ASCII, and a sentence begins with one. */
function spellings(cue: string): readonly string[] {
  const capital = cue.charAt(0).toUpperCase() + cue.slice(1);
  return capital === cue || /^[a-z]/.test(cue) ? [cue] : [cue, capital];
}

function labelled(row: Row): Kind {
  const value = new RegExp(withParts(row.value), 'uy');
  const open = new RegExp(`${withParts(row.open)}$`, 'uy');
  const check = checkNamed(row.check);
  const cues = [...row.cues].sort((a, b) => b.length - a.length);
  const byFirst = new Map<string, readonly string[]>(
    cues.map((cue) => [cue.charAt(0), cues.filter((other) => other.startsWith(cue.charAt(0)))]),
  );
  return {
    types: [row.type],
    trigger: { keywords: row.cues.flatMap(spellings) },
    maxChars: row.maxChars,
    matches: (text, hits) => {
      const found: Match[] = [];
      for (const hit of hits) {
        for (const start of valueStarts(text, hit, byFirst)) {
          const end = endOf(value, text, start);
          if (end === undefined || end - start > row.maxChars || start < (found.at(-1)?.end ?? 0)) continue;
          const written = text.slice(start, end);
          if (holds(written, row, check)) found.push(matchOf(written, start, row));
        }
      }
      return found;
    },
    openFrom: (text, hits) => {
      let from = text.length;
      const limit = text.length - 2 * MAX_GAP_CHARS - row.maxChars;
      for (let i = hits.length - 1; i >= 0 && (hits[i] ?? 0) >= limit; i--) {
        for (const start of valueStarts(text, hits[i] ?? 0, byFirst)) {
          const mayGrow = start < from && text.length - start <= row.maxChars;
          if (mayGrow && endOf(open, text, start) !== undefined) from = start;
        }
      }
      return from;
    },
  };
}

/** Where the value of the cue at `hit` may begin, directly or on the line behind names of columns. */
function valueStarts(text: string, hit: number, cues: ReadonlyMap<string, readonly string[]>): readonly number[] {
  if (hit > 0 && LETTER.test(text.charAt(hit - 1)) && /^[\p{Script=Latin}\p{Script=Cyrillic}]/u.test(text.charAt(hit)))
    return [];
  const lower = text.slice(hit, hit + MAX_CUE_CHARS).toLowerCase();
  const cue = cues.get(lower.charAt(0))?.find((each) => lower.startsWith(each));
  if (cue === undefined) return [];
  const behind = hit + cue.length;
  const isWord = /[\p{Script=Latin}\p{Script=Cyrillic}]$/u.test(cue);
  if (isWord && cue.length < MIN_STEM_CHARS && LETTER.test(text.charAt(behind))) return [];
  const from = endOf(GAP, text, behind) ?? behind;
  const row = endOf(COLUMNS, text, behind);
  const starts = row === undefined ? [] : [row];
  return from - behind > MAX_GAP_CHARS || (isWord && from === behind) ? starts : [from, ...starts];
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const compactOf = (written: string): string => written.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase();

function holds(written: string, row: Row, check: CheckName): boolean {
  if (written.replace(/[^\p{N}]/gu, '').length < row.minDigits) return false;
  if (row.type === 'person-name' && written.split(/[ -]/).some((word) => OTHER_WORDS.has(word.toLowerCase())))
    return false;
  return row.type === CRYPTO ? isCryptoAddress(written) : CHECKS[check](compactOf(written));
}

function matchOf(written: string, start: number, { type, score }: Row): Match {
  const isWords = type === 'person-name' || type === 'postal-address';
  if (type === CRYPTO) return { type, score, start, end: start + written.length, value: written };
  const value = isWords ? written.toLowerCase().replace(/\s+/gu, ' ') : compactOf(written);
  return { type, score, start, end: start + written.length, value };
}
