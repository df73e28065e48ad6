import { countrySpecs, isValidIBAN } from 'ibantools';
import { charClass, isAlphanumeric, isDigit } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import type { Kind } from './kind.ts';

/** ISO 13616: 34 characters, and one separator between any two groups of at least two. */
const MAX_IBAN_CHARS = 34 + 17;
/** Digits in a row that every account number has. */
const MIN_DIGIT_RUN = 5;
/** Country, check digits and the bank's letters may stand before that run. */
const MAX_LEAD_CHARS = 24;

const isLetter = charClass('A-Za-z');
const isSeparator = charClass(' -');
const FIRST_LETTERS = new Set(Object.keys(countrySpecs).map((country) => country.charAt(0)));

export const iban: Kind = {
  type: 'iban',
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
    for (let at = Math.max(0, text.length - MAX_IBAN_CHARS); at < text.length; at++) {
      if (mayBegin(text, at) && isOpen(text, at)) return at;
    }
    return text.length;
  },
};

function firstBetween(text: string, from: number, to: number): Match | undefined {
  for (let start = from; start < to; start++) {
    const length = mayBegin(text, start) ? lengthFor(text, start) : undefined;
    if (length === undefined || !isDigit(text.charCodeAt(start + 2)) || !isDigit(text.charCodeAt(start + 3))) continue;
    const { compact, end } = read(text, start, length);
    if (compact.length < length || isAlphanumeric(text.charCodeAt(end))) continue;
    if (isValidIBAN(compact)) return { type: 'iban', score: 0.98, start, end, value: compact };
  }
  return undefined;
}

function mayBegin(text: string, at: number): boolean {
  return isLetter(text.charCodeAt(at)) && (at === 0 || !isAlphanumeric(text.charCodeAt(at - 1)));
}

/** Length of the accounts of the country whose code stands at an offset; undefined for all other letters. */
function lengthFor(text: string, at: number): number | undefined {
  const spec = Object.hasOwn(countrySpecs, text.slice(at, at + 2).toUpperCase())
    ? countrySpecs[text.slice(at, at + 2).toUpperCase()]
    : undefined;
  return spec?.chars ?? undefined;
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
  const length = lengthFor(text, start);
  if (length === undefined) return false;
  for (const at of [start + 2, start + 3]) if (at < text.length && !isDigit(text.charCodeAt(at))) return false;
  const { end } = read(text, start, length);
  return end === text.length || (end === text.length - 1 && isSeparator(text.charCodeAt(end)));
}
