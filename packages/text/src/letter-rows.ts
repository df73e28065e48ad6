import type { Span } from '@sallyport/core';
import { wordStartsIn } from './english-words.ts';
import { readAsset } from './read-asset.ts';

/** Letters of the shortest row that is read: with what parts them, they always reach over one of the places that are looked at. */
const MIN_LETTERS = 10;
/** A comma with the space before it and three behind: `s ,   s`. */
const MAX_GAP_CHARS = 5;
/** Signs of the longest letter in Morse code. */
const MAX_SIGNS = 6;
/** Letters that are put into words at once: the work space of longer rows would be large. */
const MAX_SEGMENT_LETTERS = 4_096;

const MORSE = new Map(Object.entries(readAsset('morse.json') as Record<string, string>));

/** How a text may be written letter by letter. */
export type RowShape = 'spaced' | 'morse';

/** A text that was written letter by letter, and where each of its characters stood. */
export interface Letters {
  readonly text: string;
  readonly places: readonly Span[];
}

/** By UTF-16 unit. */
const KINDS = new Uint8Array(65_536);
const LETTER = 1;
const PARTS_LETTERS = 2;
const SIGN = 4;
const PARTS_SIGNS = 8;
/** What a letter of its own could not stand beside: letters, digits, and all beyond ASCII. */
const OTHER = 16;
KINDS.fill(OTHER, 128);
for (const [chars, kind] of [
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', LETTER | OTHER],
  ['0123456789', OTHER],
  [' \t\n\r.,-_*/|~+:;!?\'"\\', PARTS_LETTERS],
  ['.-', SIGN],
  [' \t\n\r/|', PARTS_SIGNS],
] as const) {
  for (const char of chars) KINDS[char.charCodeAt(0)] = (KINDS[char.charCodeAt(0)] as number) | kind;
}

function isKind(text: string, at: number, kind: number): boolean {
  return at >= 0 && at < text.length && ((KINDS[text.charCodeAt(at)] as number) & kind) !== 0;
}

/** One letter, found from its start or from its end; its other end, or -1. */
interface Alphabet {
  readonly parts: number;
  endFrom(text: string, start: number): number;
  startTo(text: string, end: number): number;
}

const SPACED: Alphabet = {
  parts: PARTS_LETTERS,
  endFrom: (text, start) => (isAlone(text, start) ? start + 1 : -1),
  startTo: (text, end) => (isAlone(text, end - 1) ? end - 1 : -1),
};

function isAlone(text: string, at: number): boolean {
  return isKind(text, at, LETTER) && !isKind(text, at - 1, OTHER) && !isKind(text, at + 1, OTHER);
}

const SIGNS: Alphabet = {
  parts: PARTS_SIGNS,
  endFrom(text, start) {
    let end = start;
    while (end - start <= MAX_SIGNS && isKind(text, end, SIGN)) end++;
    return isMorse(text, start, end) ? end : -1;
  },
  startTo(text, end) {
    let start = end;
    while (end - start <= MAX_SIGNS && isKind(text, start - 1, SIGN)) start--;
    return isMorse(text, start, end) ? start : -1;
  },
};

const ALPHABETS: Readonly<Record<RowShape, Alphabet>> = { spaced: SPACED, morse: SIGNS };

function isMorse(text: string, start: number, end: number): boolean {
  if (start >= end || end - start > MAX_SIGNS) return false;
  if (!mayPrecedeSigns(text, start - 1) || isKind(text, end, OTHER) || isKind(text, end, SIGN)) return false;
  return MORSE.has(text.slice(start, end));
}

/** A full stop behind a word, a bracket or a sign is no letter. */
function mayPrecedeSigns(text: string, at: number): boolean {
  return at < 0 || isKind(text, at, PARTS_SIGNS) || '"\'`(:'.includes(text.charAt(at));
}

/**
 * Whether a row may go over `at`: two units of a word do not stand side by side there, as they do nearly everywhere. No
 * row is missed that is looked for at every 16th unit, though the last two of the text are left out.
 */
export function mayBeLetterRow(text: string, at: number): boolean {
  if (at + 2 >= text.length) return false;
  if (((KINDS[text.charCodeAt(at + 1)] as number) & OTHER) === 0) return true;
  return (((KINDS[text.charCodeAt(at + 2)] as number) | (KINDS[text.charCodeAt(at)] as number)) & OTHER) === 0;
}

/**
 * The row of single letters (`i g n o r e`, `i.g.n.o.r.e`) or of Morse code around `at`; undefined when there is none, or
 * it is too short. The same row whatever place in it is asked about. Cost: O(row), a few characters where there is none.
 */
export function letterRowAround(text: string, at: number, floor: number): (Span & { shape: RowShape }) | undefined {
  const seed = seedFrom(text, at);
  if (isKind(text, seed, LETTER)) return rowAround(text, { shape: 'spaced', seed, floor });
  let signs = at;
  while (signs - at < MAX_GAP_CHARS && isKind(text, signs, PARTS_SIGNS)) signs++;
  if (!isKind(text, signs, SIGN)) return undefined;
  while (at - signs < MAX_SIGNS && isKind(text, signs - 1, SIGN)) signs--;
  return rowAround(text, { shape: 'morse', seed: signs, floor });
}

/** The first unit from `at` on that parts no letters. */
function seedFrom(text: string, at: number): number {
  let seed = at;
  while (seed - at < MAX_GAP_CHARS && isKind(text, seed, PARTS_LETTERS)) seed++;
  return seed;
}

function rowAround(
  text: string,
  { shape, seed, floor }: { readonly shape: RowShape; readonly seed: number; readonly floor: number },
): (Span & { shape: RowShape }) | undefined {
  const alphabet = ALPHABETS[shape];
  let end = alphabet.endFrom(text, seed);
  if (end < 0) return undefined;
  let start = seed;
  let letters = 1;
  for (let next = after(text, end, alphabet); next >= 0; next = after(text, end, alphabet)) {
    end = alphabet.endFrom(text, next);
    letters++;
  }
  for (let last = before(text, start, alphabet); last >= floor; last = before(text, start, alphabet)) {
    start = last;
    letters++;
  }
  return letters >= MIN_LETTERS ? { shape, start, end } : undefined;
}

/** Start of the letter behind `end`, over what parts letters; -1 when there is none. */
function after(text: string, end: number, alphabet: Alphabet): number {
  let at = end;
  while (at - end < MAX_GAP_CHARS && isKind(text, at, alphabet.parts)) at++;
  return at > end && alphabet.endFrom(text, at) >= 0 ? at : -1;
}

/** Start of the letter before `start`; -1 when there is none. */
function before(text: string, start: number, alphabet: Alphabet): number {
  let at = start;
  while (start - at < MAX_GAP_CHARS && isKind(text, at - 1, alphabet.parts)) at--;
  return at < start ? alphabet.startTo(text, at) : -1;
}

/**
 * Reads a row. Morse code has words where no single space parts the letters; single letters, where white space stands
 * among punctuation, or a gap wider than most; without any such gap, words are looked for in a list.
 */
export function readRow(text: string, { shape, start, end }: Span & { readonly shape: RowShape }): Letters {
  const alphabet = ALPHABETS[shape];
  const units: Span[] = [];
  for (let at = start; at >= 0 && at < end; at = after(text, units.at(-1)?.end ?? end, alphabet)) {
    units.push({ start: at, end: alphabet.endFrom(text, at) });
  }
  const isWordGap = shape === 'morse' ? (gap: string) => gap !== ' ' : wordGapsOf(text, units);
  const places: Span[] = [];
  let out = '';
  for (const unit of units) {
    const last = places.at(-1);
    const gap = last === undefined ? '' : text.slice(last.end, unit.start);
    if (last !== undefined && isWordGap(gap)) {
      // A full stop between words is one between orders.
      const stop = /[.!?]/.exec(shape === 'spaced' && /\s/.test(gap) ? gap : '');
      out += stop === null ? ' ' : `${stop[0]} `;
      for (let n = stop === null ? 1 : 2; n > 0; n--) places.push({ start: last.end, end: unit.start });
    }
    const written = text.slice(unit.start, unit.end);
    out += shape === 'morse' ? (MORSE.get(written) ?? '') : written;
    places.push(unit);
  }
  return shape === 'spaced' ? withWords({ text: out, places }) : { text: out, places };
}

/** Tells what parts words from what parts letters. */
function wordGapsOf(text: string, units: readonly Span[]): (gap: string) => boolean {
  const counts = new Map<string, number>();
  let most = '';
  let pointed = 0;
  for (const [at, { start }] of units.entries()) {
    const last = units[at - 1];
    if (last === undefined) continue;
    const gap = text.slice(last.end, start);
    if (!/\s/.test(gap)) pointed += 1;
    counts.set(gap, (counts.get(gap) ?? 0) + 1);
    if ((counts.get(gap) ?? 0) > (counts.get(most) ?? 0)) most = gap;
  }
  if (2 * pointed > units.length && counts.size > 1 && [...counts.keys()].some((gap) => /\s/.test(gap))) {
    return (gap) => /\s/.test(gap);
  }
  return (gap) => gap !== most;
}

/** Puts words into long stretches of letters. */
function withWords({ text, places }: Letters): Letters {
  let out = '';
  const moved: Span[] = [];
  let done = 0;
  for (const { 0: letters, index } of text.matchAll(LONG_STRETCH)) {
    for (const start of wordStartsIn(letters)) {
      const at = index + start;
      if (start === 0) continue;
      out += `${text.slice(done, at)} `;
      for (let i = done; i < at; i++) moved.push(places[i] as Span);
      moved.push({ start: (places[at - 1] as Span).end, end: (places[at] as Span).start });
      done = at;
    }
  }
  if (done === 0) return { text, places };
  for (let i = done; i < text.length; i++) moved.push(places[i] as Span);
  return { text: out + text.slice(done), places: moved };
}

const LONG_STRETCH = new RegExp(`[A-Za-z]{${MIN_LETTERS},${MAX_SEGMENT_LETTERS}}`, 'g');

/** Where the end of a text may begin a row, or go on with one; its length when it cannot. Cost: O(row). */
export function openLetterRowFrom(text: string): number {
  return Math.min(openFrom(text, SPACED), openFrom(text, SIGNS));
}

function openFrom(text: string, alphabet: Alphabet): number {
  const n = text.length;
  let end = n;
  while (n - end < MAX_GAP_CHARS && isKind(text, end - 1, alphabet.parts)) end--;
  // Signs at the very end may be the beginning of a letter.
  let start = end;
  while (alphabet === SIGNS && end === n && n - start <= MAX_SIGNS && isKind(text, start - 1, SIGN)) start--;
  const unfinished = start < end && n - start <= MAX_SIGNS && mayPrecedeSigns(text, start - 1);
  let from = unfinished ? start : alphabet.startTo(text, end);
  if (from < 0) return n;
  for (let last = before(text, from, alphabet); last >= 0; last = before(text, from, alphabet)) from = last;
  return from;
}
