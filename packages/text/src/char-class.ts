import { readAsset } from './read-asset.ts';

/**
 * What folding does with one UTF-16 unit beyond ASCII. Everything not listed is `INERT`: it stands for itself, whatever
 * is beside it.
 */
export const INERT = 0;
/** Has a compatibility form (NFKC) that reads as something else. */
export const COMPATIBLE = 1;
/** Full-width punctuation and the ideographic space: ordinary between ideographs, a disguise between ASCII. */
export const WIDE_PUNCTUATION = 2;
export const ZERO_WIDTH = 3;
export const BIDI = 4;
export const SELECTOR = 5;
/** A mark that composes with what stands before it. */
export const MARK = 6;
/** A letter of another script that looks like an ASCII one. */
export const CONFUSABLE = 7;
export const HIGH_SURROGATE = 8;
/** A hyphen or minus that is not ASCII's. */
export const DASH = 9;
/** A no-break space: typography before French punctuation, a disguise elsewhere. */
export const NO_BREAK = 10;

/** Beyond the class, set for letters, digits and marks: what a word is made of. */
const WORD_FLAG = 16;
const CLASS_MASK = 15;

/**
 * Ranges of UTF-16 units by name, hexadecimal. `mark`: the marks and jamo for which Unicode has compositions, and the
 * combining blocks that only decorate. `typography`: what has a compatibility form and hides nothing: fractions, trade
 * marks, ellipses, degrees, ordinals, spacing accents, Hangul letters of chat, multiplied primes.
 */
const RANGES = readAsset('char-classes.json') as Record<string, readonly string[]>;
const TYPOGRAPHY = 15;
const LISTED: readonly (readonly [string, number])[] = [
  ['zeroWidth', ZERO_WIDTH],
  ['bidi', BIDI],
  ['selector', SELECTOR],
  ['mark', MARK],
  ['widePunctuation', WIDE_PUNCTUATION],
  ['dash', DASH],
  ['noBreak', NO_BREAK],
  ['typography', TYPOGRAPHY],
];
/** Class by unit, for the units that are listed. */
const listed = new Map<number, number>();
for (const [name, kind] of LISTED) {
  for (const range of RANGES[name] ?? []) {
    const [first = '', last = first] = range.split('-');
    for (let unit = Number.parseInt(first, 16); unit <= Number.parseInt(last, 16); unit++) listed.set(unit, kind);
  }
}

const WORD_UNITS = /[\p{L}\p{N}\p{M}]/u;

const PAGE_CHARS = 256;
const pages: (Uint8Array | undefined)[] = new Array(PAGE_CHARS).fill(undefined);

/** ASCII look-alike by UTF-16 unit. */
const lookAlikes = new Map<number, string>();
for (const [ascii, others] of Object.entries(readAsset('confusables.json') as Record<string, string>)) {
  for (const other of others) lookAlikes.set(other.charCodeAt(0), ascii);
}

/** The ASCII letter or digit that a confusable unit looks like. */
export function lookAlikeOf(unit: number): string | undefined {
  return lookAlikes.get(unit);
}

/** Class of a UTF-16 unit from U+0080 on, without the word flag. Cost: a table look-up; a page of 256 is built on first use. */
export function classOf(unit: number): number {
  return flaggedClassOf(unit) & CLASS_MASK;
}

/** Whether a UTF-16 unit from U+0080 on is a letter, digit or mark. Surrogates are not. */
export function isWordUnit(unit: number): boolean {
  return (flaggedClassOf(unit) & WORD_FLAG) !== 0;
}

function flaggedClassOf(unit: number): number {
  const page = pages[unit >> 8] ?? buildPage(unit >> 8);
  return page[unit & 255] ?? INERT;
}

function buildPage(index: number): Uint8Array {
  const page = new Uint8Array(PAGE_CHARS);
  for (let low = 0; low < PAGE_CHARS; low++) {
    const unit = index * PAGE_CHARS + low;
    if (unit < 0x80) continue;
    page[low] = computeClass(unit);
  }
  pages[index] = page;
  return page;
}

function computeClass(unit: number): number {
  if (unit >= 0xd800 && unit <= 0xdbff) return HIGH_SURROGATE;
  if (unit >= 0xdc00 && unit <= 0xdfff) return INERT;
  const char = String.fromCharCode(unit);
  const word = WORD_UNITS.test(char) ? WORD_FLAG : 0;
  return word | plainClassOf(unit, char);
}

function plainClassOf(unit: number, char: string): number {
  const kind = listed.get(unit);
  if (kind !== undefined) return kind === TYPOGRAPHY ? INERT : kind;
  if (lookAlikes.has(unit)) return CONFUSABLE;
  return char.normalize('NFKC') === char ? INERT : COMPATIBLE;
}
