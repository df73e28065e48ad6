import type { Match } from '../matches/layer-matches.ts';
import {
  chainsAt,
  closesFreely,
  type DigitGroup,
  digitCount,
  gapBefore,
  lengthsOf,
  MAX_NUMBER_CHARS,
  openNumberFrom,
  opensFreely,
} from './digit-run.ts';
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';
import { internationalNumber, nationalNumber } from './numbering-plans.ts';
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
/** What stands directly before a number and says that it is one of another kind. */
const namesOther = nearWords(words.notPhone, 12);

const EXTENSION = / ?(?:x|ext\.? ?)[0-9]{1,6}(?![0-9A-Za-z])/y;
const OPEN_EXTENSION = /^ ?(?:|e|ex|ext\.? ?[0-9]{0,6}|x[0-9]{0,6})$/;
const MAX_EXTENSION_CHARS = 12;

/** Groups of digits as people write numbers of their country; and what looks like one but is a date, an amount, an identifier. */
const SHAPES = table.shapes.map((source) => new RegExp(source));
const NOT_PHONES = table.notPhones.map((source) => new RegExp(source));
/** Lengths of the groups of `shapes`, with and without what is dialled before them. */
const SHAPE_LENGTHS = new Set(table.shapeLengths);
/** A trunk prefix and at least two groups: most of Europe and Asia. */
const TRUNK_SHAPE = new RegExp(table.trunkShape);

export const phone: Kind = {
  types: ['phone'],
  trigger: { digits: MIN_DIGITS },
  maxChars: MAX_NUMBER_CHARS,
  matches: (text, hits) => hits.flatMap((hit) => chainsAt(text, hit).flatMap((chain) => numbersIn(text, chain))),
  openFrom: (text, hits) => Math.min(openNumberFrom(text), openExtensionFrom(text, hits)),
};

/** Takes the longest number from the left, then goes on behind it. */
function numbersIn(text: string, chain: readonly DigitGroup[]): readonly Match[] {
  const found: Match[] = [];
  for (let first = 0; first < chain.length; first++) {
    const gap = gapBefore(text, chain, first);
    if (first > 0 && !/[ +(]/.test(gap)) continue;
    const isAbroad =
      gap.endsWith('+') || gap.endsWith('+(') || first === 0 || text.startsWith('00', chain[first]?.start);
    for (let last = Math.min(chain.length, first + MAX_GROUPS) - 1; last >= first; last--) {
      const count = digitCount(chain, first, last);
      if (count > MAX_DIGITS) continue;
      if (count < MIN_DIGITS) break;
      // Among other numbers, one without a country code must show by its shape: most windows are out by their lengths.
      if (!isAbroad && !SHAPE_LENGTHS.has(lengthsOf(chain, first, last))) continue;
      if (!endsAt(text, chain, last)) continue;
      const isWhole = first === 0 && last === chain.length - 1;
      const number = numberOf(text, chain.slice(first, last + 1), isWhole);
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

/** @param isWhole no other digits stand beside the groups: among others, a national number must show by its shape */
function numberOf(text: string, groups: readonly DigitGroup[], isWhole: boolean): Match | undefined {
  const end = groups.at(-1)?.end ?? 0;
  const start = withOpening(text, groups[0]?.start ?? 0, end);
  const written = text.slice(start, end);
  const digits = written.replace(/[^0-9]/g, '');
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS || written.slice(1).includes('+')) return undefined;
  EXTENSION.lastIndex = end;
  const wholeEnd = EXTENSION.test(text) ? EXTENSION.lastIndex : end;
  if (!opensFreely(text, start) || (wholeEnd === end && !closesFreely(text, end))) return undefined;
  const judged = abroad(written) ?? (isWhole || isShaped(written) ? national(text, start, written) : undefined);
  if (judged === undefined) return undefined;
  return { type: 'phone', score: judged.score, start, end: wholeEnd, value: judged.value ?? digits };
}

/** Includes `+` and a bracket that is closed within the number, before the first digit. */
function withOpening(text: string, first: number, end: number): number {
  let at = first;
  if (text[at - 1] === '(' && text.slice(at, end).includes(')')) at--;
  return text[at - 1] === '+' ? at - 1 : at;
}

const isShaped = (written: string): boolean => SHAPES.some((shape) => shape.test(written));

interface Judged {
  readonly score: number;
  readonly value?: string;
}

function abroad(written: string): Judged | undefined {
  const prefix = /^(?:\+\(?|\(?00)/.exec(written)?.[0];
  if (prefix === undefined) return undefined;
  // A trunk prefix in brackets is written for readers and never dialled: `+44 (0)20`.
  const number = internationalNumber(
    written
      .slice(prefix.length)
      .replace('(0)', '')
      .replace(/[^0-9]/g, ''),
  );
  if (number === undefined) return undefined;
  const { e164: value, fit } = number;
  if (fit === 'valid') return { score: VALID_ABROAD, value };
  if (!written.startsWith('+')) return undefined;
  if (fit === 'possible') return { score: POSSIBLE_ABROAD, value };
  return /[0-9][ ()-]{1,3}[0-9]/.test(written) ? { score: LIKE_ABROAD, value } : undefined;
}

function national(text: string, start: number, written: string): Judged | undefined {
  if (NOT_PHONES.some((pattern) => pattern.test(written))) return undefined;
  const digits = written.replace(/[^0-9]/g, '');
  const isNamed = namesPhone(text, start) && !namesOther(text, start);
  const hasShape = isShaped(written);
  const mayHaveTrunk = digits.length >= MIN_UNNAMED_DIGITS && TRUNK_SHAPE.test(written);
  if (!isNamed && !hasShape && !mayHaveTrunk) return undefined;
  const value = nationalNumber(digits);
  if (value !== undefined) return { score: isNamed ? VALID_AND_NAMED : VALID_AND_SHAPED, value };
  if (isNamed) return { score: NAMED };
  return hasShape && digits.length >= 10 ? { score: SHAPED } : undefined;
}

/** Where a number begins that an extension may still follow. */
function openExtensionFrom(text: string, hits: readonly number[]): number {
  const last = hits.at(-1);
  if (last === undefined) return text.length;
  for (let at = Math.max(1, text.length - MAX_EXTENSION_CHARS); at < text.length; at++) {
    if (!/[0-9)]/.test(text.charAt(at - 1)) || !OPEN_EXTENSION.test(text.slice(at))) continue;
    const from = openNumberFrom(text.slice(0, at));
    if (from < at) return from;
  }
  return text.length;
}
