import { isAlphanumeric, isDigit } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import { CueIndex } from './cue-index.ts';
import type { Kind } from './kind.ts';
import { isCapital, isNameLetter, type ReadName, readName, readWord } from './name-reader.ts';
import table from './person-names.json' with { type: 'json' };

const TYPE = 'person-name';
const MAX_CHARS = 120;
const MAX_REACH_CHARS = 320;
/** A given name fires the scan by its first letters: whole ones would make the scan's table a fifth larger. */
const PREFIX_CHARS = 5;
const MIN_TRIGGER_CHARS = 4;
/** A common given name and a capitalised word, and nothing that says of whom: below what the starter policies redact. */
const ALONE = 0.45;
const FIRM = 0.4;

interface Group {
  readonly cues: readonly string[];
  /** They count only as a key. */
  readonly isKey: boolean;
  /** A title is written with a capital. */
  readonly isCapital: boolean;
  /** Scores of one word and of more, by what is known of them; 0 where that is no name. */
  readonly single: Scores;
  readonly full: Scores;
}

interface Scores {
  /** The first word is a given name in common use. */
  readonly given: number;
  /** The last word is a surname in common use. */
  readonly surname: number;
  readonly neither: number;
}

const GIVEN = new Set(table.given.split(' '));
/** They name months, places, things and makers too. */
const AMBIGUOUS = new Set(table.ambiguous.split(' '));
const SURNAMES = new Set(table.surnames.split(' '));

const GROUPS: readonly Group[] = table.groups;
const INDEX = new CueIndex(
  GROUPS.flatMap((row) => row.cues.map((text) => ({ text, isKey: row.isKey, row }))),
  table.fillers,
);

/** Names behind a title, a key, a salutation or an opening: `Dr. `, `"customer":`, `Dear `, `my name is`. */
export const announcedName: Kind = {
  types: [TYPE],
  trigger: { keywords: INDEX.keywords, as: 'word-start' },
  maxChars: MAX_CHARS,
  matches: (text, hits) => {
    const found: Match[] = [];
    for (const hit of hits) {
      for (const { row, starts } of INDEX.at(text, hit)) {
        if (row.isCapital && !isCapital(text, hit)) continue;
        for (const start of starts) {
          const name = isSetApart(text, start, row) ? readName(text, start) : undefined;
          const score = name === undefined || name.isOther ? 0 : name.isFirm ? FIRM : scoreOf(name, row);
          if (name !== undefined && score > 0) found.push(matchOf(text, start, { end: name.end, score }));
        }
      }
    }
    return found;
  },
  openFrom: (text, hits) => {
    let open = text.length;
    const limit = text.length - MAX_REACH_CHARS - MAX_CHARS;
    for (let i = hits.length - 1; i >= 0 && (hits[i] ?? 0) >= limit; i--) {
      for (const { starts } of INDEX.at(text, hits[i] ?? 0)) {
        for (const start of starts) {
          if (start < open && isOpenName(text, start)) open = start;
        }
      }
    }
    return open;
  },
};

/** A given name in common use and what stands behind it: `Judy Miller`. */
export const knownName: Kind = {
  types: [TYPE],
  trigger: { keywords: prefixes(), as: 'word-start' },
  maxChars: MAX_CHARS,
  matches: (text, hits) => {
    const found: Match[] = [];
    let done = 0;
    for (const hit of hits) {
      if (hit < done || !beginsKnownName(text, hit) || !isKnownFirst(text, hit)) continue;
      const name = readName(text, hit);
      if (name === undefined || name.isOther || name.words.length < 2) continue;
      const [first = ''] = name.words;
      const isKnown = GIVEN.has(first) || (AMBIGUOUS.has(first) && hasSurname(name));
      if (!isKnown) continue;
      found.push(matchOf(text, hit, { end: name.end, score: name.isFirm ? FIRM : ALONE }));
      done = name.end;
    }
    return found;
  },
  openFrom: (text, hits) => {
    let open = text.length;
    for (let i = hits.length - 1; i >= 0 && (hits[i] ?? 0) >= text.length - MAX_CHARS; i--) {
      const hit = hits[i] ?? 0;
      if (beginsKnownName(text, hit) && isOpenName(text, hit)) open = hit;
    }
    return open;
  },
};

function prefixes(): readonly string[] {
  const names = [...GIVEN, ...AMBIGUOUS].filter((name) => name.length >= MIN_TRIGGER_CHARS);
  return [...new Set(names.map((name) => name.slice(0, PREFIX_CHARS)))];
}

/** Most hits lie within other words, or in small letters. */
function beginsKnownName(text: string, hit: number): boolean {
  if (!isCapital(text, hit)) return false;
  if (hit === 0) return true;
  const before = text.charCodeAt(hit - 1);
  if (isAlphanumeric(before) || isNameLetter(before) || '_./@-\\$#&'.includes(text.charAt(hit - 1))) return false;
  // Behind a number it is a street.
  return !(before === 32 && isDigit(text.charCodeAt(hit - 2)));
}

/** Most words that begin as a given name does are none: `Market`. The whole name is read only behind one that is. */
function isKnownFirst(text: string, hit: number): boolean {
  const first = readWord(text, hit)?.lower ?? '';
  return GIVEN.has(first) || AMBIGUOUS.has(first);
}

/** `Mr.:X` and `account_holder_X` are no titles, no keys. */
function isSetApart(text: string, start: number, row: Group): boolean {
  const before = text[start - 1];
  return before !== '_' && before !== '-' && (!row.isCapital || before === ' ' || before === '.');
}

function isOpenName(text: string, start: number): boolean {
  return start < text.length && text.length - start <= MAX_CHARS && (readName(text, start)?.isOpen ?? false);
}

function hasSurname({ words }: ReadName): boolean {
  const last = words.at(-1) ?? '';
  return SURNAMES.has(last) || last.split('-').some((part) => SURNAMES.has(part));
}

function scoreOf(name: ReadName, { single, full }: Group): number {
  const scores = name.words.length > 1 ? full : single;
  const [first = ''] = name.words;
  const isGiven = GIVEN.has(first) || first.split('-').every((part) => GIVEN.has(part));
  if (isGiven || (AMBIGUOUS.has(first) && name.words.length > 1 && hasSurname(name))) return scores.given;
  return hasSurname(name) ? scores.surname : scores.neither;
}

function matchOf(text: string, start: number, { end, score }: { end: number; score: number }): Match {
  const value = text.slice(start, end).toLowerCase().replace(/\s+/gu, ' ');
  return { type: TYPE, score, start, end, value };
}
