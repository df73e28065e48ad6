import { TEXT_SKETCH_CHARS, TEXT_SKETCH_PLACES } from '@sallyport/core';

/** Fewer words say too little: `go on` is like itself whoever says it. */
export const SKETCHED_WORDS_MIN = 4;
/** Of a longer text its beginning and its end are read, UTF-16 units. */
export const SKETCHED_HEAD_CHARS = 3_072;
export const SKETCHED_TAIL_CHARS = 1_024;

const PLACE_BITS = 5;
/** What a place holds: 63 signs, and one for no word at all. */
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_';
const NONE = '-';
const KEY_HEX_CHARS = 16;
const FROM_CJK = 0x2e80;
const UNTIL_CJK = 0xdfff;

/**
 * What a text is made of in 36 signs, so that two texts can be told to be alike, or the same, and nothing else can be told of them: each word has a keyed
 * number, each of 32 places keeps six bits of the least number that falls to it, and the last four signs are of all numbers in their order. Whoever has neither the
 * key, nor may have texts of their own sketched under it, can try no text for fitting a sketch; of the others, most texts that fit are not the one that it was
 * made of. Small and capital letters are the same; each ideograph is a word.
 * @param key hexadecimal, its first 16 digits count: another key, other sketches
 * @returns undefined of a text of too few words
 * Cost: 25 us per KB, 4 KB at most.
 * Sources: P. Li, A. Owen, C.-H. Zhang, "One Permutation Hashing", NIPS 2012; P. Li, A. C. König, "b-Bit Minwise Hashing", WWW 2010; the keyed number is
 * HalfSipHash-1-3 of J.-P. Aumasson, D. J. Bernstein, "SipHash", INDOCRYPT 2012.
 */
export function createTextSketcher(key: string): (text: string) => string | undefined {
  const low = Number.parseInt(key.slice(0, KEY_HEX_CHARS / 2), 16) | 0;
  const high = Number.parseInt(key.slice(KEY_HEX_CHARS / 2, KEY_HEX_CHARS), 16) | 0;
  const least = new Uint32Array(TEXT_SKETCH_PLACES);
  return (text) => {
    least.fill(0xffff_ffff);
    let whole = low;
    const words = eachWord(partOf(text), (from, to, part) => {
      const number = wordNumber(part, { from, to, low, high });
      whole = Math.imul(whole ^ number, 0x0100_0193);
      const place = number & (TEXT_SKETCH_PLACES - 1);
      const value = number >>> PLACE_BITS;
      if (value < (least[place] as number)) least[place] = value;
    });
    if (words < SKETCHED_WORDS_MIN) return undefined;
    let sketch = '';
    for (const value of least) sketch += value === 0xffff_ffff ? NONE : SIGNS[value % SIGNS.length];
    for (let left = whole >>> 0; sketch.length < TEXT_SKETCH_CHARS; left = Math.floor(left / SIGNS.length))
      sketch += SIGNS[left % SIGNS.length];
    return sketch;
  };
}

function partOf(text: string): string {
  if (text.length <= SKETCHED_HEAD_CHARS + SKETCHED_TAIL_CHARS) return text;
  return `${text.slice(0, SKETCHED_HEAD_CHARS)} ${text.slice(-SKETCHED_TAIL_CHARS)}`;
}

/** @returns how many words there were */
function eachWord(text: string, take: (from: number, to: number, text: string) => void): number {
  let words = 0;
  let from = -1;
  for (let at = 0; at <= text.length; at += 1) {
    const unit = at < text.length ? text.charCodeAt(at) : 0;
    const isAlone = unit >= FROM_CJK && unit <= UNTIL_CJK;
    if (from >= 0 && (isAlone || !isWordUnit(unit))) {
      take(from, at, text);
      words += 1;
      from = -1;
    }
    if (isAlone) {
      take(at, at + 1, text);
      words += 1;
    } else if (from < 0 && isWordUnit(unit)) from = at;
  }
  return words;
}

/** ASCII letters and digits, and all beyond Latin-1's signs but general punctuation. */
function isWordUnit(unit: number): boolean {
  if (unit < 0x80) return (unit >= 48 && unit <= 57) || isAsciiLetter(unit);
  return unit >= 0xc0 && (unit < 0x2000 || unit > 0x206f);
}

function isAsciiLetter(unit: number): boolean {
  const small = unit | 32;
  return small >= 97 && small <= 122;
}

interface Word {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** HalfSipHash-1-3 of the word's units, two in each block. */
function wordNumber(text: string, { from, to, low, high }: Word): number {
  let v0 = low;
  let v1 = high;
  let v2 = 0x6c796765 ^ low;
  let v3 = 0x74656462 ^ high;
  // The rounds of the blocks, then of the length, then three that end it.
  const blocks = (to - from + 1) >> 1;
  for (let round = 0; round < blocks + 4; round += 1) {
    const block = round < blocks ? blockAt(text, from + 2 * round, to) : round === blocks ? (to - from) << 24 : 0;
    v3 ^= block;
    if (round === blocks + 1) v2 ^= 0xff;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= block;
  }
  return (v1 ^ v3) >>> 0;
}

function blockAt(text: string, at: number, to: number): number {
  return smallUnit(text.charCodeAt(at)) | ((at + 1 < to ? smallUnit(text.charCodeAt(at + 1)) : 0) << 16);
}

function smallUnit(unit: number): number {
  return unit >= 65 && unit <= 90 ? unit | 32 : unit;
}
