import type { Match } from '../matches/layer-matches.ts';
import networks from './card-networks.json' with { type: 'json' };
import { passesLuhn } from './check-digits.ts';
import {
  chainsAt,
  closesFreely,
  type DigitGroup,
  digitCount,
  gapBefore,
  lengthsOf,
  openNumberFrom,
  opensFreely,
} from './digit-run.ts';
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';
import words from './words.json' with { type: 'json' };

const MIN_DIGITS = 12;
const MAX_DIGITS = 19;
/** How cards are printed; a number without separators is one group. */
const GROUPINGS = new Set([
  '4-4-4-4',
  '4-6-5',
  '4-6-4',
  '4-4-4-4-1',
  '4-4-4-4-2',
  '4-4-4-4-3',
  '4-4-5',
  '4-4-4-1',
  '4-4-4-3',
  '4-4-4-2',
  '6-13',
  '4-4-4',
]);
const MAX_GROUPS = 5;
/** Prefixes that many other numbers share count only behind a word for a card. */
const MIN_UNNAMED_TRUST = 0.85;
const MIN_NAMED_TRUST = 0.5;
/** A number of the right form, called a card, whose check digit is wrong: mistyped, or made up. */
const BAD_CHECK_DIGIT = 0.5;
/** More groups of four in a row than a card has make a table of numbers. */
const MAX_ROW_GROUPS = 6;

const namesCard = nearWords(words.card);
const namesSomethingElse = nearWords(words.notCard);

export const paymentCard: Kind = {
  types: ['payment-card'],
  trigger: { digits: MIN_DIGITS },
  maxChars: MAX_DIGITS + MAX_GROUPS,
  matches: (text, hits) => hits.flatMap((hit) => chainsAt(text, hit).flatMap((chain) => cardsIn(text, chain))),
  openFrom: (text) => openNumberFrom(text),
};

function cardsIn(text: string, chain: readonly DigitGroup[]): readonly Match[] {
  const found: Match[] = [];
  for (let first = 0; first < chain.length; first++) {
    for (let last = Math.min(chain.length, first + MAX_GROUPS) - 1; last >= first; last--) {
      const card = cardOf(text, chain, { first, last });
      if (card === undefined) continue;
      found.push(card);
      first = last;
      break;
    }
  }
  return found;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function cardOf(text: string, chain: readonly DigitGroup[], { first, last }: Range): Match | undefined {
  const count = digitCount(chain, first, last);
  if (count < MIN_DIGITS || count > MAX_DIGITS) return undefined;
  const isGrouped = last > first;
  if (isGrouped && !isPrintedLikeCard(text, chain, { first, last })) return undefined;
  const [start, end] = [chain[first]?.start ?? 0, chain[last]?.end ?? 0];
  const digits = text.slice(start, end).replace(/[ -]/g, '');
  if (!opensFreely(text, start) || !closesFreely(text, end)) return undefined;
  const trust = networkTrust(digits);
  if (trust === 0) return undefined;
  const score = scoreOf(digits, {
    trust,
    isGrouped,
    isNamed: namesCard(text, start),
    isOther: namesSomethingElse(text, start),
  });
  return score === 0 ? undefined : { type: 'payment-card', score, start, end, value: digits };
}

interface Signs {
  /** What the issuer's prefix and length say, see `networkTrust`. */
  readonly trust: number;
  /** Printed in groups. */
  readonly isGrouped: boolean;
  /** Behind a word for a card, or for a number of another kind. */
  readonly isNamed: boolean;
  readonly isOther: boolean;
}

function scoreOf(digits: string, { trust, isGrouped, isNamed, isOther }: Signs): number {
  if (trust < (isNamed ? MIN_NAMED_TRUST : MIN_UNNAMED_TRUST)) return 0;
  if (!passesLuhn(digits)) return trust === 1 && isNamed ? BAD_CHECK_DIGIT : 0;
  if (isNamed) return 0.98 * trust;
  if (isGrouped) return 0.95 * trust;
  return (isOther ? 0.5 : 0.85) * trust;
}

function isPrintedLikeCard(text: string, chain: readonly DigitGroup[], { first, last }: Range): boolean {
  if (!GROUPINGS.has(lengthsOf(chain, first, last))) return false;
  const separator = gapBefore(text, chain, first + 1);
  if (separator !== ' ' && separator !== '-') return false;
  for (let i = first + 2; i <= last; i++) if (gapBefore(text, chain, i) !== separator) return false;
  return rowLength(text, chain, first) <= MAX_ROW_GROUPS;
}

/** Groups of four, evenly spaced, around the one at `index`. */
function rowLength(text: string, chain: readonly DigitGroup[], index: number): number {
  const separator = gapBefore(text, chain, index + 1);
  const isFour = (i: number) => (chain[i]?.end ?? 0) - (chain[i]?.start ?? 0) === 4;
  let [from, to] = [index, index];
  while (index - from < MAX_ROW_GROUPS && isFour(from - 1) && gapBefore(text, chain, from) === separator) from--;
  while (to - index < MAX_ROW_GROUPS && isFour(to + 1) && gapBefore(text, chain, to + 1) === separator) to++;
  return to - from + 1;
}

/** How much an issuer's prefix and length say: 1 for the large networks, less where many other numbers fit, 0 for none. */
function networkTrust(digits: string): number {
  let trust = 0;
  for (const { lengths, prefixes, trust: own } of networks.networks) {
    if (own <= trust || !lengths.includes(digits.length)) continue;
    if (prefixes.some(([low = '', high = '']) => isWithin(digits, low, high))) trust = own;
  }
  return trust;
}

function isWithin(digits: string, low: string, high: string): boolean {
  const prefix = digits.slice(0, low.length);
  return prefix >= low && prefix <= high;
}
