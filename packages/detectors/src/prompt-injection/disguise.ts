import type { Trigger } from '@sallyport/core';
import table from './disguise.json' with { type: 'json' };

/** Ways of writing that people read and keyword lists don't. The view undoes encodings; these need a guess. */
export type Disguise = keyof typeof table.keywords;

/** A text written out, with the place in the disguised text of each of its characters. */
export interface Unmasked {
  readonly disguise: Disguise;
  readonly text: string;
  /** Maps a range of `text` back to the disguised text. */
  toSource(start: number, end: number): { readonly start: number; readonly end: number };
}

/** Texts longer than this are unmasked in their first part only, UTF-16 units: a disguise is written by hand. */
export const UNMASK_CHARS = 16_384;

const LETTERS = new Map(Object.entries(table.leetLetters));
/** A letter with a sign that stands for a letter next to it. */
const LEET_WORD =
  /[a-z][0134579@$!€+][a-z0-9]|(?<![a-z0-9])[0134579$€+][a-z]{2}|[a-z]{2}[0134579$€+](?![a-z0-9])|\d[a-z]\d[a-z]/i;
/** Longer ones are hashes and identifiers. */
const LEET_WORD_CHARS = 20;
const WORD = /[^\s]+/g;
/** Share of words in which letters are replaced, and their number, from which a text counts as disguised. */
const LEET_SHARE = 0.2;
const LEET_MIN = 2;
const SPACED_RUN = /(?:(?<=^|[\s\\])[^\s\\][ \\_.-]{1,3}){7,4000}[^\s\\]/g;
const SPACE = /[ \\_.-]/;
const ROTATED = /\b(?:gur|naq|lbh|lbhe|jvgu|sbe|gb|bs|ubj|vf|va|guvf|gung|jevgr|zr)\b/gi;
const ROTATED_MIN = 2;

export const DISGUISE_TRIGGERS: readonly Trigger[] = Object.entries(table.keywords).map(([rule, keywords]) => ({
  rule,
  keywords,
}));

export const DISGUISES = Object.keys(table.keywords) as readonly Disguise[];

export function disguiseWeight(disguise: Disguise, channel: 'direct' | 'data'): number {
  return table.weights[channel][disguise];
}

/** The readings of a text that seems to be written in a disguise; none when it does not. Cost: O(n) for the first `UNMASK_CHARS`. */
export function unmask(text: string, disguise: Disguise): readonly Unmasked[] {
  const head = text.slice(0, UNMASK_CHARS);
  if (disguise === 'leet') return fromLeet(head);
  if (disguise === 'spaced') return fromSpaced(head);
  return fromRotated(head);
}

function sameLength(disguise: Disguise, text: string): Unmasked {
  return { disguise, text, toSource: (start, end) => ({ start, end }) };
}

function fromLeet(text: string): readonly Unmasked[] {
  const replaced = [...text.matchAll(WORD)]
    .filter(({ 0: word }) => word.length <= LEET_WORD_CHARS && LEET_WORD.test(word))
    .map(({ index }) => index);
  const [first] = replaced;
  const last = replaced.at(-1);
  if (first === undefined || last === undefined || replaced.length < LEET_MIN) return [];
  // A disguised sentence may stand amid plain text: its own words alone are counted.
  const words = text.slice(first, last + 1).match(WORD)?.length ?? 0;
  if (replaced.length < words * LEET_SHARE) return [];
  // A one stands for an i or an l: both readings are tried.
  const readings = [LETTERS, new Map([...LETTERS, ['1', table.leetOne]])];
  return readings.map((letters) => sameLength('leet', [...text].map((char) => letters.get(char) ?? char).join('')));
}

/** `I g n o r e  a l l`: one separator between letters, more between words. */
function fromSpaced(text: string): readonly Unmasked[] {
  const found: Unmasked[] = [];
  for (const { 0: run, index } of text.matchAll(SPACED_RUN)) {
    const places: number[] = [];
    let out = '';
    for (let at = 0; at < run.length; at += 1) {
      const char = run.charAt(at);
      const between = SPACE.test(char);
      const wordEnd = between && SPACE.test(run.charAt(at + 1)) && run.charAt(at + 1) === ' ';
      if (between && !wordEnd) continue;
      out += between ? ' ' : char;
      places.push(index + at);
    }
    const end = index + run.length;
    found.push({
      disguise: 'spaced',
      text: out,
      toSource: (from, to) => ({ start: places[from] ?? index, end: to > 0 ? (places[to - 1] ?? end - 1) + 1 : end }),
    });
  }
  return found;
}

function fromRotated(text: string): readonly Unmasked[] {
  if ((text.match(ROTATED)?.length ?? 0) < ROTATED_MIN) return [];
  return [sameLength('rot13', text.replace(/[a-z]/gi, rotate))];
}

function rotate(letter: string): string {
  const code = letter.charCodeAt(0);
  const base = code >= 97 ? 97 : 65;
  return String.fromCharCode(((code - base + 13) % 26) + base);
}
