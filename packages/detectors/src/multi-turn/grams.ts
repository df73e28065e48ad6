/** Words are runs of letters, digits and marks; in scripts that put no spaces between words, each character is one. */
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{N}\p{M}])+/gu;
const ASCII_WORD = /[a-z0-9]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
const ASCII = /^[\x00-\x7f]*$/;
const NUMBER = /^\p{N}+$/u;

/** Words of one window, so that one sentence in a long text weighs as much as it would alone. */
export const WINDOW_WORDS = 48;
const STRIDE_WORDS = 24;
/** A word's beginning stands for its forms. */
const STEM_CHARS = 5;
const STEM_MARK = 0x5bd1e995;
const PAIR_FACTOR = 0x9e3779b1;

/**
 * The words of a text, in small letters; all numbers are one word.
 * Cost: O(length), 10-30 us per KB.
 */
export function wordsOf(text: string): readonly string[] {
  const found = ASCII.test(text)
    ? text.toLowerCase().match(ASCII_WORD)
    : text.normalize('NFKC').toLowerCase().match(WORD);
  return (found ?? []).map((word) => (NUMBER.test(word) ? '0' : word));
}

/** Overlapping windows over a list of words, each at most `WINDOW_WORDS` long. */
export function* windowsOf(words: readonly string[]): Generator<readonly string[]> {
  if (words.length <= WINDOW_WORDS) {
    if (words.length > 0) yield words;
    return;
  }
  for (let from = 0; from < words.length - STRIDE_WORDS; from += STRIDE_WORDS)
    yield words.slice(from, from + WINDOW_WORDS);
}

/** 32-bit hash of a word's first `chars` characters (FNV-1a with a final mix), the same on every machine. */
export function hashOf(word: string, chars = word.length): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < chars; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return mixed(hash);
}

/**
 * Features of a window: its words, pairs of neighbours and beginnings of longer words, as 32-bit hashes. Repeated ones are
 * repeated. Cost: O(characters).
 */
export function gramsOf(words: readonly string[]): readonly number[] {
  const grams: number[] = [];
  let before: number | undefined;
  for (const word of words) {
    const hash = hashOf(word);
    grams.push(hash);
    if (word.length > STEM_CHARS) grams.push(mixed(hashOf(word, STEM_CHARS) ^ STEM_MARK));
    if (before !== undefined) grams.push(mixed(Math.imul(before, PAIR_FACTOR) ^ hash));
    before = hash;
  }
  return grams;
}

function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
