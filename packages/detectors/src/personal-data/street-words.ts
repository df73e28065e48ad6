import { isNameLetter } from './name-reader.ts';
import table from './street-types.json' with { type: 'json' };

const wordsOf = (list: string): readonly string[] => list.split(' ');
const escaped = (words: readonly string[]): string =>
  words.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
export const STRONG = new Set(wordsOf(table.strong));
export const WEAK = new Set(wordsOf(table.weak));
export const PREFIXES = new Set(wordsOf(table.prefixes));
const CAPITAL_ONLY = new Set(wordsOf(table.capitalOnly));
const SUFFIXES = wordsOf(table.suffixes);
const SUFFIX_ENDS = new Set(SUFFIXES.map((suffix) => suffix.slice(-2)));
export const SMALL_SUFFIXES = new Set(wordsOf(table.smallSuffixes));

/** Letters of alphabets with capitals: what is glued to them in Korean or Japanese is no part of a name. */
export const LETTERS = '\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{M}';
export const CAPITAL = `(?:\\p{Lu}[${LETTERS}'’.-]{0,30}|[0-9]{1,3}(?:st|nd|rd|th))`;
export const PARTICLES = new Set(wordsOf(table.particles));
const PARTICLE = `(?:${escaped([...PARTICLES])})`;
export const NAME = `(?:${CAPITAL}|${PARTICLE}(?![\\p{L}\\p{M}]))`;
export const UNITS = new Set(wordsOf(table.units));

/** Words that English uses otherwise count with a capital alone. */
export function isPrefix(word: string): boolean {
  const lower = word.toLowerCase();
  return PREFIXES.has(lower) && !(word === lower && CAPITAL_ONLY.has(lower));
}

export function isStreetChar(text: string, at: number): boolean {
  return isNameLetter(text.charCodeAt(at)) || "'’.-/".includes(text.charAt(at));
}

export const isUnit = (word: string): boolean => UNITS.has(word.toLowerCase().replace(/[.,]$/, ''));

export function hasSuffix(word: string): boolean {
  if (!SUFFIX_ENDS.has(word.slice(-2))) return false;
  return SUFFIXES.some((suffix) => word.length > suffix.length + 2 && word.endsWith(suffix));
}
