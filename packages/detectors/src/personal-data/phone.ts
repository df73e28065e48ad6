import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Match } from '../matches/layer-matches.ts';
import {
  chainsAt,
  closesFreely,
  type DigitGroup,
  gapBefore,
  MAX_NUMBER_CHARS,
  openNumberFrom,
  opensFreely,
} from './digit-run.ts';
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';
import table from './phone-plans.json' with { type: 'json' };
import words from './words.json' with { type: 'json' };

/** E.164 allows 15 digits; an international prefix `00` may stand before them. */
const MAX_DIGITS = 17;
const MIN_DIGITS = 7;
const MAX_GROUPS = 8;
/** A number that names no country and has no word near it must look like one. */
const MIN_UNNAMED_DIGITS = 9;

const VALID_ABROAD = 0.95;
const POSSIBLE_ABROAD = 0.75;
const LIKE_ABROAD = 0.55;
const VALID_AND_NAMED = 0.9;
const NAMED = 0.65;
const VALID_AND_SHAPED = 0.7;
const SHAPED = 0.55;

const namesPhone = nearWords(words.phone);

const EXTENSION = / ?(?:x|ext\.? ?)[0-9]{1,6}(?![0-9A-Za-z])/y;
const OPEN_EXTENSION = /^ ?(?:|e|ex|ext\.? ?[0-9]{0,6}|x[0-9]{0,6})$/;
const MAX_EXTENSION_CHARS = 12;

/** Groups of digits as people write numbers of North America, Brazil, Spain and Russia, whoever's number it is. */
const SHAPES =
  /^\+?1?[ .-]?(?:\([0-9]{3}\) ?[0-9]{3}[ -][0-9]{4}|[0-9]{3}-[0-9]{3}-[0-9]{4}|[0-9]{3}\.[0-9]{3}\.[0-9]{4})$|^\([0-9]{2}\) ?9?[0-9]{4}-[0-9]{4}$|^[0-9]{2} [0-9]{3} [0-9]{2} [0-9]{2}$|^8 ?\(?[0-9]{3}\)? ?[0-9]{3}-[0-9]{2}-[0-9]{2}$/;
/** A trunk prefix and at least two groups: most of Europe and Asia. */
const TRUNK_SHAPE = /^\(?0[1-9][0-9]{0,4}\)?[ /.-]{1,3}[0-9]/;
/** Dates, times, social security numbers, tax numbers, book numbers, amounts, addresses of machines, rows of four. */
const NOT_PHONES = [
  /^(?:19|20)[0-9]{2}[-/. ][0-9]{1,2}[-/. ][0-9]{1,2}/,
  /^[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ](?:19|20)[0-9]{2}/,
  /^(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)[0-9]{2}$/,
  /^[0-9]{3}-[0-9]{2}-[0-9]{4}$/,
  /^[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}$/,
  /^97[89][- ]?[0-9]{1,5}[- ]/,
  /^[0-9]{1,12}\.[0-9]{1,12}$/,
  /^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$/,
  /^[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}/,
  /^[0-9]{1,3}(?: [0-9]{3}){3}$/,
  /^(.)\1{6}/,
];

interface Plan {
  readonly country: CountryCode;
  readonly starts: RegExp;
  readonly lengths: readonly number[];
}

const PLANS: readonly Plan[] = table.plans.flatMap(({ country, starts, lengths }) =>
  isSupportedCountry(country) ? [{ country, starts: new RegExp(`^${starts}`), lengths }] : [],
);

export const phone: Kind = {
  type: 'phone',
  trigger: { digits: MIN_DIGITS },
  maxChars: MAX_NUMBER_CHARS,
  matches: (text, hits) => hits.flatMap((hit) => chainsAt(text, hit).flatMap((chain) => numbersIn(text, chain))),
  openFrom: (text, hits) => Math.min(openNumberFrom(text), openExtensionFrom(text, hits)),
};

/** Takes the longest number from the left, then goes on behind it. */
function numbersIn(text: string, chain: readonly DigitGroup[]): readonly Match[] {
  const found: Match[] = [];
  for (let first = 0; first < chain.length; first++) {
    if (first > 0 && !/ |[+(]/.test(gapBefore(text, chain, first))) continue;
    for (let last = Math.min(chain.length, first + MAX_GROUPS) - 1; last >= first; last--) {
      const number = endsAt(text, chain, last) ? numberOf(text, chain.slice(first, last + 1)) : undefined;
      if (number === undefined) continue;
      found.push(number);
      first = last;
      break;
    }
  }
  return found;
}

function endsAt(text: string, chain: readonly DigitGroup[], last: number): boolean {
  return last === chain.length - 1 || /[ +(]/.test(gapBefore(text, chain, last + 1));
}

function numberOf(text: string, groups: readonly DigitGroup[]): Match | undefined {
  const end = groups.at(-1)?.end ?? 0;
  const start = withOpening(text, groups[0]?.start ?? 0);
  const written = text.slice(start, end);
  const digits = written.replace(/[^0-9]/g, '');
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS || written.slice(1).includes('+')) return undefined;
  EXTENSION.lastIndex = end;
  const wholeEnd = EXTENSION.test(text) ? EXTENSION.lastIndex : end;
  if (!opensFreely(text, start) || (wholeEnd === end && !closesFreely(text, end))) return undefined;
  const judged = written.startsWith('+') || digits.startsWith('00') ? abroad(written) : national(text, start, written);
  if (judged === undefined) return undefined;
  return { type: 'phone', score: judged.score, start, end: wholeEnd, value: judged.value ?? digits };
}

/** Includes `+`, `(` and `+(` before the first digit. */
function withOpening(text: string, start: number): number {
  let at = start;
  if (text[at - 1] === '(') at--;
  return text[at - 1] === '+' ? at - 1 : at;
}

interface Judged {
  readonly score: number;
  readonly value?: string;
}

function abroad(written: string): Judged | undefined {
  const number = parsePhoneNumberFromString(written.replace(/^\(?00/, '+'));
  if (number === undefined) return undefined;
  if (number.isValid()) return { score: VALID_ABROAD, value: number.number };
  if (!written.startsWith('+')) return undefined;
  const looks = /[0-9][ ()-]{1,3}[0-9]/.test(written) ? LIKE_ABROAD : 0;
  const score = number.isPossible() ? POSSIBLE_ABROAD : looks;
  return score > 0 ? { score, value: number.number } : undefined;
}

function national(text: string, start: number, written: string): Judged | undefined {
  if (NOT_PHONES.some((pattern) => pattern.test(written))) return undefined;
  const digits = written.replace(/[^0-9]/g, '');
  const isNamed = namesPhone(text, start);
  const isShaped = SHAPES.test(written);
  const mayHaveTrunk = digits.length >= MIN_UNNAMED_DIGITS && TRUNK_SHAPE.test(written);
  if (!isNamed && !isShaped && !mayHaveTrunk) return undefined;
  const value = validNational(digits);
  if (value !== undefined) return { score: isNamed ? VALID_AND_NAMED : VALID_AND_SHAPED, value };
  if (isNamed) return { score: NAMED };
  return isShaped && digits.length >= 10 ? { score: SHAPED } : undefined;
}

/** The number in E.164 form for the first country whose plan it fits. */
function validNational(digits: string): string | undefined {
  for (const { country, starts, lengths } of PLANS) {
    if (!lengths.includes(digits.length) || !starts.test(digits)) continue;
    const number = parsePhoneNumberFromString(digits, country);
    if (number?.isValid() === true) return number.number;
  }
  return undefined;
}

/** A number that an extension may still follow. */
function openExtensionFrom(text: string, hits: readonly number[]): number {
  const from = Math.max(0, text.length - MAX_EXTENSION_CHARS);
  for (let at = from; at < text.length; at++) {
    if (!/[0-9)]/.test(text.charAt(at - 1)) || !OPEN_EXTENSION.test(text.slice(at))) continue;
    const run = hits.findLast((hit) => hit < at);
    return run === undefined ? text.length : Math.min(text.length, openNumberFrom(text.slice(0, at)));
  }
  return text.length;
}
