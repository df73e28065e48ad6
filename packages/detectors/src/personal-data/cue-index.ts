import { charClass } from '../matches/char-class.ts';

/** Further from its cue a value is not looked for. */
const MAX_GAP_CHARS = 64;
/** Marks and words between a cue and its value. */
const MAX_GAP_PARTS = 16;
/** Shorter cues count only whole: `lat` is not in `latest`. */
const MIN_STEM_CHARS = 5;
const MAX_FILLER_CHARS = 12;
/** What stands behind a key of JSON, YAML, XML, CSV, a log, a form. */
const KEY_MARKS = [':', '=', '"', "'", ' :', ' =', '*', ',', '\t', '|', '>', '：', '\\"'] as const;
/** What stands behind a short word: it fires the scan only together with one of these. */
const WORD_MARKS = [
  ' ',
  ':',
  '=',
  '"',
  "'",
  '*',
  ',',
  '\t',
  '|',
  '>',
  '_',
  '-',
  '(',
  '#',
  '.',
  '\n',
  '：',
  '\\',
] as const;

const NO_CUES: readonly never[] = [];
const COMMA = 44;
const SPACE = 32;
const DOT = 46;

/** Names of columns up to the end of their line: the value is the first of the line behind it. */
const COLUMNS = /(?:,[A-Za-z_ ]{1,24}){1,12}\r?\n"?/y;
const LETTER = /[\p{L}\p{M}]/u;
const ALPHABETIC = /[\p{Script=Latin}\p{Script=Cyrillic}]/u;

const GAP_MARKS = new Set('“”«»：｜は는은');
/** Those of ASCII. */
const isGapMark = charClass(' \t:=#"\'()[]>*_|\\-');
const SEPARATING = new Set(':="\'>|,\t*：｜');

/** A word, a key or an opening of a sentence that a value follows, in small letters. */
export interface Cue<T> {
  readonly text: string;
  /** It counts only with the mark of a key behind it: `name` is a common word, `name:` is not. */
  readonly isKey: boolean;
  readonly row: T;
}

/** A cue that stands in a text, and where its value may begin. */
export interface Announced<T> {
  readonly row: T;
  readonly starts: readonly number[];
}

interface IndexedCue<T> extends Cue<T> {
  readonly isAlphabetic: boolean;
}

/**
 * Finds what stands behind a cue at offsets that the scan fired at. What ends most of them, a letter on either side, is
 * looked at first. Cost: 20-50 ns for a cue that is part of another word, 0.2-0.5 us for one that counts.
 */
export class CueIndex<T> {
  readonly keywords: readonly string[];
  /** By the first two characters. */
  readonly #byStart = new Map<number, IndexedCue<T>[]>();
  readonly #fillers: ReadonlySet<string>;

  /** @param fillers words that may stand between a cue and its value */
  constructor(cues: readonly Cue<T>[], fillers: readonly string[]) {
    this.#fillers = new Set(fillers);
    this.keywords = [...new Set(cues.flatMap(keywordsOf))];
    for (const cue of [...cues].sort((a, b) => b.text.length - a.text.length)) {
      const start = startKey(cue.text, 0);
      const same = this.#byStart.get(start) ?? [];
      same.push({ ...cue, isAlphabetic: ALPHABETIC.test(cue.text.charAt(cue.text.length - 1)) });
      this.#byStart.set(start, same);
    }
  }

  /** The longest cue at `hit`; undefined where none counts. A cue of two rows is there twice. */
  at(text: string, hit: number): readonly Announced<T>[] {
    if (hit > 0 && isLetter(text, hit - 1) && ALPHABETIC.test(text.charAt(hit))) return [];
    const found: Announced<T>[] = [];
    let chars = 0;
    for (const cue of this.#byStart.get(startKey(text, hit)) ?? NO_CUES) {
      if (cue.text.length < chars) break;
      if (!standsAt(text, hit, cue.text)) continue;
      chars = cue.text.length;
      const starts = this.#startsBehind(text, hit + chars, cue);
      if (starts.length > 0) found.push({ row: cue.row, starts });
    }
    return found;
  }

  #startsBehind(text: string, behind: number, cue: IndexedCue<T>): readonly number[] {
    if (cue.isAlphabetic && (cue.isKey || cue.text.length < MIN_STEM_CHARS) && isLetter(text, behind)) return [];
    const starts: number[] = [];
    const from = this.#gapEnd(text, behind);
    if (from - behind <= MAX_GAP_CHARS && !(cue.isAlphabetic && from === behind)) {
      if (!cue.isKey || separates(text, behind, from)) starts.push(from);
    }
    if (text.charCodeAt(behind) !== COMMA && text.charCodeAt(behind + 1) !== COMMA) return starts;
    COLUMNS.lastIndex = behind;
    if (COLUMNS.test(text)) starts.push(COLUMNS.lastIndex);
    return starts;
  }

  #gapEnd(text: string, behind: number): number {
    let at = behind;
    for (let parts = 0; parts < MAX_GAP_PARTS && at < text.length; parts++) {
      const code = text.charCodeAt(at);
      if (
        isGapMark(code) ||
        (code >= 128 && GAP_MARKS.has(text.charAt(at))) ||
        (code === DOT && text.charCodeAt(at + 1) === SPACE)
      ) {
        at++;
        continue;
      }
      const next = this.#fillerEnd(text, at);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  #fillerEnd(text: string, at: number): number {
    if (this.#fillers.size === 0) return at;
    let end = at;
    while (end - at <= MAX_FILLER_CHARS && (isLetter(text, end) || text[end] === '°')) end++;
    if (end === at || !this.#fillers.has(text.slice(at, end).toLowerCase())) return at;
    return text.charCodeAt(end) === DOT ? end + 1 : end;
  }
}

function keywordsOf({ text, isKey }: Cue<unknown>): readonly string[] {
  const isShort = text.length < MIN_STEM_CHARS && /^[\p{Script=Latin}]+$/u.test(text);
  const marks = isKey ? KEY_MARKS : isShort ? WORD_MARKS : [''];
  return spellings(text).flatMap((spelling) => marks.map((mark) => `${spelling}${mark}`));
}

/** The scan knows only the capitals of ASCII, and a sentence begins with one. */
function spellings(cue: string): readonly string[] {
  const capital = cue.charAt(0).toUpperCase() + cue.slice(1);
  return capital === cue || /^[a-z]/.test(cue) ? [cue] : [cue, capital];
}

export function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return code >= 128 && LETTER.test(text.charAt(at));
}

function lowerCode(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code;
  return code >= 128 ? text.charAt(at).toLowerCase().charCodeAt(0) : 0;
}

const startKey = (text: string, at: number): number => lowerCode(text, at) * 65_536 + lowerCode(text, at + 1);

function standsAt(text: string, at: number, cue: string): boolean {
  for (let i = 2; i < cue.length; i++) {
    if (lowerCode(text, at + i) !== cue.charCodeAt(i)) return false;
  }
  return true;
}

function separates(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (SEPARATING.has(text.charAt(at))) return true;
  return false;
}
