import { countrySpecs, isValidIBAN } from 'ibantools';
import { charClass, isAlphanumeric, isDigit } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';
import words from './words.json' with { type: 'json' };

/** ISO 13616: 34 characters, and one separator between any two groups of at least two. */
const MAX_IBAN_CHARS = 34 + 17;
/** Digits in a row that every account number has. */
const MIN_DIGIT_RUN = 5;
/** Country, check digits and the bank's letters may stand before that run. */
const MAX_LEAD_CHARS = 24;

const isLetter = charClass('A-Za-z');
const isSeparator = charClass(' -');
/** Length and structure of a country's account numbers, by its code. */
const ACCOUNTS: ReadonlyMap<string, { readonly length: number; readonly structure: RegExp }> = new Map(
  Object.entries(countrySpecs).flatMap(([country, { chars, bban_regexp: structure }]) =>
    chars == null || structure == null ? [] : [[country, { length: chars, structure: new RegExp(structure) }]],
  ),
);
const FIRST_LETTERS = new Set([...ACCOUNTS.keys()].map((country) => country.charAt(0)));

const NATIONAL_CHECK_SCORE = 0.995;
/** The international check digits hold, those that the country adds do not: test data, or a bank that does without. */
const INTERNATIONAL_CHECK_SCORE = 0.985;
/** The form of an account, called one, whose check digits are wrong: mistyped, or made up. */
const BAD_CHECK_SCORE = 0.5;

const namesAccount = nearWords(words.account, 24);

export const iban: Kind = {
  types: ['iban'],
  trigger: { digits: MIN_DIGIT_RUN },
  maxChars: MAX_IBAN_CHARS,
  matches: (text, hits) => {
    const found: Match[] = [];
    for (const hit of hits) {
      const from = Math.max(found.at(-1)?.end ?? 0, hit - MAX_LEAD_CHARS);
      const match = firstBetween(text, from, hit);
      if (match !== undefined) found.push(match);
    }
    return found;
  },
  openFrom: (text) => {
    let open = text.length;
    const limit = Math.max(0, text.length - MAX_IBAN_CHARS);
    for (let at = text.length - 1; at >= limit; at--) {
      const code = text.charCodeAt(at);
      if (!isAlphanumeric(code) && !isSeparator(code)) break;
      if (mayBegin(text, at) && isOpen(text, at)) open = at;
    }
    return open;
  },
};

function firstBetween(text: string, from: number, to: number): Match | undefined {
  for (let start = from; start < to; start++) {
    // Digits first: nearly every word is out by them, and by the cheapest of all tests.
    if (!isDigit(text.charCodeAt(start + 2)) || !isDigit(text.charCodeAt(start + 3))) continue;
    const length = mayBegin(text, start) ? lengthFor(text, start) : undefined;
    if (length === undefined) continue;
    const { compact, end } = read(text, start, length);
    if (compact.length < length || isAlphanumeric(text.charCodeAt(end))) continue;
    const score = accountScore(compact, namesAccount(text, start));
    if (score > 0) return { type: 'iban', score, start, end, value: compact };
  }
  return undefined;
}

function mayBegin(text: string, at: number): boolean {
  return isLetter(text.charCodeAt(at)) && (at === 0 || !isAlphanumeric(text.charCodeAt(at - 1)));
}

function lengthFor(text: string, at: number): number | undefined {
  return ACCOUNTS.get(text.slice(at, at + 2).toUpperCase())?.length;
}

function accountScore(compact: string, isNamed: boolean): number {
  if (ACCOUNTS.get(compact.slice(0, 2))?.structure.test(compact.slice(4)) !== true) return 0;
  if (!holdsModulo97(compact)) return isNamed ? BAD_CHECK_SCORE : 0;
  return isValidIBAN(compact) ? NATIONAL_CHECK_SCORE : INTERNATIONAL_CHECK_SCORE;
}

/** ISO/IEC 7064, MOD 97-10, over the account with its first four characters moved to the end and letters as 10 to 35. */
function holdsModulo97(compact: string): boolean {
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Letters and digits from `start`, at most `length`, over single separators; upper case. */
function read(text: string, start: number, length: number): { compact: string; end: number } {
  let compact = '';
  let at = start;
  while (compact.length < length) {
    const code = text.charCodeAt(at);
    if (isAlphanumeric(code)) compact += text.charAt(at);
    else if (!isSeparator(code) || !isAlphanumeric(text.charCodeAt(at + 1))) break;
    at++;
  }
  return { compact: compact.toUpperCase(), end: at };
}

/** True when everything from `start` to the end of the text is the beginning of an account number. */
function isOpen(text: string, start: number): boolean {
  if (text.length - start === 1) return FIRST_LETTERS.has(text.charAt(start).toUpperCase());
  if (start + 2 < text.length && !isDigit(text.charCodeAt(start + 2))) return false;
  if (start + 3 < text.length && !isDigit(text.charCodeAt(start + 3))) return false;
  const length = lengthFor(text, start);
  if (length === undefined) return false;
  const { end } = read(text, start, length);
  return end === text.length || (end === text.length - 1 && isSeparator(text.charCodeAt(end)));
}
