/** Words are runs of letters, digits and marks; in scripts that put no spaces between words, each character is one. */
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{N}\p{M}])+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
const ASCII = /^[\x00-\x7f]*$/;
const NUMBER = /^\p{N}+$/u;
const DIGIT = 1;
const LETTER = 2;
/** What a unit of ASCII in small letters is to a word; 0 between words. */
const KINDS = Uint8Array.from({ length: 128 }, (_, unit) => {
  if (unit >= 48 && unit <= 57) return DIGIT;
  return unit >= 97 && unit <= 122 ? LETTER : 0;
});

const STEM_CHARS = 5;
/** FNV-1a. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
const STEM_MARK = 0x5bd1e995;
const PAIR_FACTOR = 0x9e3779b1;

/** The words of a text by their places in it, so that no string is made for each. */
export class Words {
  /** In small letters. */
  readonly text: string;
  readonly starts: readonly number[];
  /** Exclusive. All numbers are one word, which ends where it starts. */
  readonly ends: readonly number[];

  constructor(text: string, starts: readonly number[], ends: readonly number[]) {
    this.text = text;
    this.starts = starts;
    this.ends = ends;
  }

  get count(): number {
    return this.starts.length;
  }

  /** The first words. */
  first(count: number): Words {
    return count >= this.count ? this : new Words(this.text, this.starts.slice(0, count), this.ends.slice(0, count));
  }

  /** The first and the last words, as if nothing stood between. */
  outer(count: number): Words {
    if (2 * count >= this.count) return this;
    const outerOf = (places: readonly number[]) => [...places.slice(0, count), ...places.slice(-count)];
    return new Words(this.text, outerOf(this.starts), outerOf(this.ends));
  }

  /** Empty for a number. */
  at(index: number): string {
    return this.text.slice(this.starts[index], this.ends[index]);
  }
}

/** The words of a text. Cost: O(length), some 3 us per KB of ASCII. */
export function wordsOf(text: string): Words {
  return ASCII.test(text) ? asciiWords(text.toLowerCase()) : scriptWords(text.normalize('NFKC').toLowerCase());
}

function asciiWords(text: string): Words {
  const starts: number[] = [];
  const ends: number[] = [];
  const length = text.length;
  for (let at = 0; at < length; at += 1) {
    let kinds = KINDS[text.charCodeAt(at)] as number;
    if (kinds === 0) continue;
    const start = at;
    for (at += 1; at < length; at += 1) {
      const kind = KINDS[text.charCodeAt(at)] as number;
      if (kind === 0) break;
      kinds |= kind;
    }
    starts.push(start);
    ends.push(kinds === DIGIT ? start : at);
  }
  return new Words(text, starts, ends);
}

function scriptWords(text: string): Words {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    starts.push(index);
    ends.push(NUMBER.test(word) ? index : index + word.length);
  }
  return new Words(text, starts, ends);
}

/** Features of words, by their place, as 32-bit hashes; `NO_GRAM` where there is none. The arrays may be longer than `count`. */
export interface Grams {
  readonly count: number;
  readonly words: Float64Array;
  /** Beginnings of longer words, which stand for their forms. */
  readonly stems: Float64Array;
  /** A word and the one before it. */
  readonly pairs: Float64Array;
}

export const NO_GRAM = -1;
/** Of whatever number: that of the word `0`. */
const NUMBER_GRAM = mixed(Math.imul(HASH_START ^ 48, HASH_FACTOR));

/** Words for whose features no memory is asked for anew. */
const SCRATCH_WORDS = 8_192;
/** One for all: whoever asks is done with them before anyone else can ask. */
const scratch = arraysFor(SCRATCH_WORDS);

function arraysFor(words: number): Omit<Grams, 'count'> {
  return { words: new Float64Array(words), stems: new Float64Array(words), pairs: new Float64Array(words) };
}

/** Valid until the next call. Cost: O(characters), some 5 us per KB. */
export function gramsOf({ text, starts, ends, count }: Words): Grams {
  const { words, stems, pairs } = count <= SCRATCH_WORDS ? scratch : arraysFor(count);
  let before = 0;
  for (let at = 0; at < count; at += 1) {
    const start = starts[at] as number;
    const end = ends[at] as number;
    const stemEnd = Math.min(end, start + STEM_CHARS);
    let hash = hashOn(HASH_START, text, { from: start, to: stemEnd });
    stems[at] = stemEnd < end ? mixed(mixed(hash) ^ STEM_MARK) : NO_GRAM;
    hash = hashOn(hash, text, { from: stemEnd, to: end });
    const whole = end === start ? NUMBER_GRAM : mixed(hash);
    words[at] = whole;
    pairs[at] = at > 0 ? mixed(Math.imul(before, PAIR_FACTOR) ^ whole) : NO_GRAM;
    before = whole;
  }
  return { count, words, stems, pairs };
}

function hashOn(hash: number, text: string, { from, to }: { readonly from: number; readonly to: number }): number {
  let on = hash;
  for (let char = from; char < to; char += 1) on = Math.imul(on ^ text.charCodeAt(char), HASH_FACTOR);
  return on;
}

function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
