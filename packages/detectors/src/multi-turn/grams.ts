/** Words are runs of letters, digits and marks; in scripts that put no spaces between words, each character is one. */
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{N}\p{M}])+/gu;
const ASCII_WORD = /[a-z0-9]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
const ASCII = /^[\x00-\x7f]*$/;
const NUMBER = /^\p{N}+$/u;
const ASCII_NUMBER = /^\d+$/;
const NINE = 0x39;
const ANY_NUMBER = '0';

const STEM_CHARS = 5;
/** FNV-1a. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
const STEM_MARK = 0x5bd1e995;
const PAIR_FACTOR = 0x9e3779b1;

/**
 * The words of a text, in small letters; all numbers are one word.
 * Cost: O(length), some 10 us per KB.
 */
export function wordsOf(text: string): readonly string[] {
  if (ASCII.test(text)) return (text.toLowerCase().match(ASCII_WORD) ?? []).map(asciiWord);
  const found = text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
  return found.map((word) => (NUMBER.test(word) ? ANY_NUMBER : word));
}

function asciiWord(word: string): string {
  const first = word.charCodeAt(0);
  return first <= NINE && ASCII_NUMBER.test(word) ? ANY_NUMBER : word;
}

/** Features of words, by their place, as 32-bit hashes; `NO_GRAM` where there is none. */
export interface Grams {
  readonly words: Float64Array;
  /** Beginnings of longer words, which stand for their forms. */
  readonly stems: Float64Array;
  /** A word and the one before it. */
  readonly pairs: Float64Array;
}

export const NO_GRAM = -1;

/** Cost: O(characters), some 5 us per KB. */
export function gramsOf(words: readonly string[]): Grams {
  const grams = {
    words: new Float64Array(words.length),
    stems: new Float64Array(words.length).fill(NO_GRAM),
    pairs: new Float64Array(words.length).fill(NO_GRAM),
  };
  let before = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    let hash = HASH_START;
    for (let char = 0; char < word.length; char += 1) {
      if (char === STEM_CHARS) grams.stems[at] = mixed(mixed(hash) ^ STEM_MARK);
      hash = Math.imul(hash ^ word.charCodeAt(char), HASH_FACTOR);
    }
    const whole = mixed(hash);
    grams.words[at] = whole;
    if (at > 0) grams.pairs[at] = mixed(Math.imul(before, PAIR_FACTOR) ^ whole);
    before = whole;
  }
  return grams;
}

function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
