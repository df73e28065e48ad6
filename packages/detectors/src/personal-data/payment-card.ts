import type { Match } from '../matches/layer-matches.ts';
import networks from './card-networks.json' with { type: 'json' };
import { chainsAt, closesFreely, type DigitGroup, gapBefore, openNumberFrom, opensFreely } from './digit-run.ts';
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
/** More groups of four in a row than a card has make a table of numbers. */
const MAX_ROW_GROUPS = 6;

const namesCard = nearWords(words.card);
const namesSomethingElse = nearWords(words.notCard);

export const paymentCard: Kind = {
  type: 'payment-card',
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
  const groups = chain.slice(first, last + 1);
  const [start, end] = [groups[0]?.start ?? 0, groups.at(-1)?.end ?? 0];
  const digits = groups.map((group) => text.slice(group.start, group.end)).join('');
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return undefined;
  if (groups.length > 1 && !isPrintedLikeCard(text, chain, { first, last })) return undefined;
  if (!opensFreely(text, start) || !closesFreely(text, end)) return undefined;
  const trust = networkTrust(digits);
  if (trust === 0 || (trust < MIN_UNNAMED_TRUST && !namesCard(text, start)) || !passesLuhn(digits)) return undefined;
  return {
    type: 'payment-card',
    score: scoreOf(text, start, { trust, grouped: groups.length > 1 }),
    start,
    end,
    value: digits,
  };
}

function scoreOf(text: string, start: number, { trust, grouped }: { trust: number; grouped: boolean }): number {
  if (namesCard(text, start)) return 0.98 * trust;
  if (grouped) return 0.95 * trust;
  return (namesSomethingElse(text, start) ? 0.5 : 0.85) * trust;
}

function isPrintedLikeCard(text: string, chain: readonly DigitGroup[], { first, last }: Range): boolean {
  const separator = gapBefore(text, chain, first + 1);
  if (separator !== ' ' && separator !== '-') return false;
  for (let i = first + 2; i <= last; i++) if (gapBefore(text, chain, i) !== separator) return false;
  const lengths = chain.slice(first, last + 1).map((group) => group.end - group.start);
  return GROUPINGS.has(lengths.join('-')) && rowLength(text, chain, first) <= MAX_ROW_GROUPS;
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

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}
