import { fillSeparators } from '../words/separators.ts';

/** What a linear model reads of a text. Part of the model's file: trainer and gateway read alike. */
export interface FeatureOptions {
  /** Buckets are 0..2^bits - 1; 8..22. */
  readonly bits: number;
  /** Single words, and the pairs of a word and the one before it: 1 or 2. */
  readonly words: 1 | 2;
  /** Lengths of the runs of letters inside a word, its edges included, 2..8; undefined for none. */
  readonly letters?: readonly [from: number, to: number];
}

const SEPARATOR = 0;
const LETTER = 1;
const DIGIT = 2;
/** A character of a script that puts no spaces between words: each is a word. */
const UNSPACED = 4;

const UNSPACED_RANGES: readonly (readonly [number, number])[] = [
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x3040, 0x30ff],
  [0x3400, 0x9fff],
  [0xf900, 0xfaff],
];
/** By UTF-16 unit. */
const KINDS = kindsOf();

function kindsOf(): Uint8Array {
  const kinds = new Uint8Array(65_536).fill(LETTER);
  for (let code = 0; code < 128; code += 1) {
    const char = String.fromCharCode(code);
    kinds[code] = /[a-z]/i.test(char) ? LETTER : /\d/.test(char) ? DIGIT : SEPARATOR;
  }
  for (const [from, to] of UNSPACED_RANGES) kinds.fill(UNSPACED, from, to + 1);
  fillSeparators(kinds, SEPARATOR);
  return kinds;
}

/** FNV-1a. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
const SECOND_FACTOR = 31;
const PAIR_FACTOR = 0x9e3779b1;
const LETTERS_MARK = 0x5bd1e995;
/** Edges of a word, as units that no word holds. */
const EDGE = 1;

/** A word that is longer is a key, a hash or data: it counts as one such, and its letters say nothing. */
const WORD_CHARS_MAX = 40;
const LONG_WORD = 0x2545f491;
const NUMBER = 0x1b873593;

/**
 * Visits what a linear model counts of a text: words and pairs of words, runs of letters inside words, each as a bucket,
 * with the offset at which its word begins. Case is folded; all numbers are one word; punctuation is not counted, since it
 * tells one sort of document from another and not what is said.
 * Cost: O(n), about 8 us per KB of words and pairs, 40 us with letters.
 */
export function forEachFeature(
  text: string,
  options: FeatureOptions,
  visit: (bucket: number, at: number) => void,
): void {
  const { letters } = options;
  const mask = 2 ** options.bits - 1;
  let before = 0;
  forEachWord(text, ({ read, start, end, hash, spelled }) => {
    visit(wordBucket(hash) & mask, start);
    if (options.words === 2 && before !== 0) visit(pairBucket(before, hash) & mask, start);
    if (letters !== undefined && spelled) {
      forEachLetters({ read, start, end }, letters, (bucket) => visit(bucket & mask, start));
    }
    before = hash;
  });
}

/** A word of a text in small letters. One object for all words of a text: what is needed later is copied. */
export interface ReadWord {
  /** The whole text, each letter small. */
  readonly read: string;
  readonly start: number;
  readonly end: number;
  /** Never 0. */
  readonly hash: number;
  /** Another hash: two words that share both are taken for one. */
  readonly second: number;
  /** Whether its letters say something. */
  readonly spelled: boolean;
}

/** Visits the words of a text in order. Cost: O(n), about 5 us per KB. */
export function forEachWord(text: string, visit: (word: ReadWord) => void): void {
  const read = foldCase(text);
  const { length } = read;
  const word = { read, start: 0, end: 0, hash: 0, second: 0, spelled: false };
  for (let at = 0; at < length; ) {
    const kind = KINDS[read.charCodeAt(at)] as number;
    if (kind === SEPARATOR) {
      at += 1;
      continue;
    }
    let hash = HASH_START;
    let second = 0;
    let kinds = 0;
    let end = at;
    for (; end < length; end += 1) {
      const code = read.charCodeAt(end);
      const next = KINDS[code] as number;
      if (end > at && (next === SEPARATOR || next === UNSPACED)) break;
      kinds |= next;
      hash = Math.imul(hash ^ code, HASH_FACTOR);
      second = (Math.imul(second, SECOND_FACTOR) + code) | 0;
      if (next === UNSPACED) {
        end += 1;
        break;
      }
    }
    const long = end - at > WORD_CHARS_MAX;
    word.start = at;
    word.end = end;
    word.hash = long ? LONG_WORD : kinds === DIGIT ? NUMBER : hash || HASH_START;
    word.second = second;
    word.spelled = !long && (kinds & LETTER) !== 0 && (kinds & UNSPACED) === 0;
    visit(word);
    at = end;
  }
}

export function wordBucket(hash: number): number {
  return mixed(hash);
}

export function pairBucket(before: number, hash: number): number {
  return mixed(Math.imul(before, PAIR_FACTOR) ^ hash);
}

/** Small letters, each where its large one stood. */
function foldCase(text: string): string {
  const folded = text.toLowerCase();
  if (folded.length === text.length) return folded;
  let same = '';
  for (const char of text) {
    const small = char.toLowerCase();
    same += small.length === char.length ? small : char;
  }
  return same;
}

/** Visits the runs of letters of one word, its edges included. */
export function forEachLetters(
  { read, start, end }: Pick<ReadWord, 'read' | 'start' | 'end'>,
  [from, to]: readonly [from: number, to: number],
  visit: (bucket: number) => void,
): void {
  for (let first = start - 1; first + from <= end + 1; first += 1) {
    let hash = LETTERS_MARK;
    const last = Math.min(first + to, end + 1);
    for (let at = first; at < last; at += 1) {
      const code = at < start || at >= end ? EDGE : read.charCodeAt(at);
      hash = Math.imul(hash ^ code, HASH_FACTOR);
      if (at - first + 1 >= from) visit(mixed(hash));
    }
  }
}

function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
