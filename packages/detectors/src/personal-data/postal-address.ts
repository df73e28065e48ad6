import { isAlphanumeric, isDigit } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import { isLetter } from './cue-index.ts';
import { isNumberPart } from './digit-run.ts';
import type { Kind } from './kind.ts';
import { isCapital } from './name-reader.ts';
import { type Group, leadStart, leadsIn, MAX_LEAD_CHARS, openLead } from './street-lead.ts';
import {
  CAPITAL,
  hasSuffix,
  isPrefix,
  isStreetChar,
  isUnit,
  LETTERS,
  NAME,
  PARTICLES,
  PREFIXES,
  SMALL_SUFFIXES,
  STRONG,
  UNITS,
  WEAK,
} from './street-words.ts';

const TYPE = 'postal-address';
const MAX_CHARS = 180;
const MAX_NUMBER_DIGITS = 6;
const MAX_TYPE_CHARS = 14;
/** Marks in a row within an address: `,\n `. */
const MAX_MARKS = 5;

/** A number and a word that is only ever a street, and one that may be a place, a shop or a film. */
const STREET = 0.7;
const MAYBE_STREET = 0.45;
/** A unit, a postcode or a state bears it out. */
const BORNE_OUT = 0.8;
const WITH_UNIT = 0.65;

const UNIT =
  '(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Bldg|Building|APT|SUITE|UNIT|apt|suite|unit|bis|Piano|Appartamento|Interno|Puerta|Piso|Etage|Wohnung|아파트|Stock|Lgh|mieszk|m|кв|#)\\.? ?#?[0-9]{1,6}[A-Za-z]?(?![\\p{L}\\p{N}])';
const ZIP =
  '(?:[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{4} ?[A-Z]{2}|(?:[A-Z]{1,3}-)?[0-9]{5}(?:-[0-9]{3,4})?|[0-9]{2}-[0-9]{3}|[0-9]{3} [0-9]{2}|[0-9]{6}|[0-9]{4}(?= \\p{Lu}))(?![\\p{L}\\p{N}])';
const PLACE = `${CAPITAL}(?: ${NAME}){0,3}(?![${LETTERS}:@])`;
const STATE = '[A-Z]{2}(?![\\p{L}\\p{N}])';
const GAP = '(?:, ?|,? ?\\n {0,2},? ?| )';

const WORDS = new RegExp(`(?: ${NAME}){1,6}`, 'uy');
const TAIL_UNIT = new RegExp(`(?:,|-)?[ \\n]{1,2}${UNIT}`, 'uy');
const UNIT_BEHIND = new RegExp(`(?: ${NAME}| [0-9]{1,4}){1,6}?,?[ \\n]{1,2}(?:${UNIT})`, 'uy');
/** Postcode, place and state in the orders in which they are written. */
const TAIL = new RegExp(
  `${GAP}(?:(${STATE},? ${ZIP}|${ZIP},? ${PLACE}|${ZIP}|(?:${PLACE},? ?\\n? ?,? ?)(?:${STATE},? ?)?${ZIP}))(?:, ${PLACE})?`,
  'uy',
);
const TAIL_PLACE = new RegExp(`, (?:[0-9]{2,6}(?![\\p{L}\\p{N}]), )?${PLACE}(?:, ${STATE})?`, 'uy');
const KOREAN_TAIL = /[0-9]{0,5}(?:-[0-9]{1,4})?(?:번지)?(?:,? ?[0-9]{1,4}(?:동|호|층)){0,3}/y;
const CJK_TAIL =
  /(?:[0-9]{0,5}(?:[-－]|丁目|番地?|号|號|弄|楼|樓|室|栋|单元|座|层|[東西南北])){0,6}[0-9]{0,5}(?:号|號|室|楼|樓|番地)?/y;

interface Street {
  readonly start: number;
  /** Behind the street and its number. */
  readonly end: number;
  readonly score: number;
}

/** A street and its number in either order, with what stands behind it: unit, place, postcode. */
export const postalAddress: Kind = {
  types: [TYPE],
  trigger: { digits: 1 },
  maxChars: MAX_CHARS + MAX_LEAD_CHARS,
  matches: (text, hits) => {
    const found: Match[] = [];
    let done = 0;
    for (const hit of hits) {
      for (const group of groupsAt(text, Math.max(hit, done))) {
        if (group.start < done) continue;
        const street = streetAt(text, group, done);
        if (street === undefined) continue;
        const match = withTail(text, street);
        found.push(match);
        done = match.end;
      }
    }
    return found;
  },
  openFrom: (text, hits) => {
    let open = openLead(text);
    for (let i = hits.length - 1; i >= 0; i--) {
      const groups = [...groupsAt(text, hits[i] ?? 0)];
      const last = groups.at(-1);
      if (last === undefined || last.end < text.length - MAX_CHARS) break;
      for (const group of groups) {
        if (text.length - group.start > MAX_CHARS) continue;
        const start = leadStart(text, group) ?? group.start;
        if (start < open && mayStart(text, group) && isOpenBehind(text, group.end)) open = start;
      }
    }
    return open;
  },
};

/** Numbers of houses in a run of digits: `12`, `5/2`, `14-16`. */
function* groupsAt(text: string, hit: number): Generator<Group> {
  let at = hit;
  while (at < text.length && isNumberPart(text.charCodeAt(at))) {
    if (!isDigit(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const start = at;
    while (isDigit(text.charCodeAt(at)) || ((text[at] === '/' || text[at] === '-') && isDigit(text.charCodeAt(at + 1))))
      at++;
    if (at - start <= 2 * MAX_NUMBER_DIGITS) yield { start, end: at };
  }
}

/** Whether what stands on either side of a number lets it be one of a house. Cost: a few reads for nearly every number. */
function mayStart(text: string, { start, end }: Group): boolean {
  const before = text.charAt(start - 1);
  if (isAlphanumeric(text.charCodeAt(start - 1)) || '.:_$€£%@/\\+#-'.includes(before)) return before === '';
  return end >= text.length || text[end] === ' ' || text[end] === ',' || leadsIn(text, start) || isLetter(text, end);
}

function streetAt(text: string, group: Group, from: number): Street | undefined {
  if (!mayStart(text, group)) return undefined;
  const behind = isHouseLetter(text, group.end) ? group.end + 1 : group.end;
  const next = text[behind];
  if (next === ' ' || next === ',') {
    const street = streetBehind(text, group.start, behind);
    if (street !== undefined) return street;
  }
  if (!leadsIn(text, group.start)) return undefined;
  const start = leadStart(text, group);
  if (start === undefined || start < from) return undefined;
  return { start, end: behindNumber(text, start, { start: group.start, end: behind }), score: STREET };
}

function isHouseLetter(text: string, at: number): boolean {
  const isOne = isLetter(text, at) && text.charCodeAt(at) < 128;
  return isOne && !isLetter(text, at + 1) && !isDigit(text.charCodeAt(at + 1));
}

/** `12 Main Street`, `31, rue de Dumas`, `44 Backtorget`, `2657 Koontz Apt. 602`. */
function streetBehind(text: string, start: number, behind: number): Street | undefined {
  const typeEnd = smallTypeEnd(text, behind);
  if (typeEnd !== undefined) {
    const end = endOf(WORDS, text, typeEnd);
    if (end !== undefined) return { start, end, score: STREET };
  }
  if (text[behind] !== ' ') return undefined;
  const wordsEnd = startsName(text, behind + 1) ? endOf(WORDS, text, behind) : undefined;
  if (wordsEnd === undefined) return undefined;
  const words = text.slice(behind + 1, wordsEnd).split(' ');
  for (let i = words.length - 1; i >= 0; i--) {
    const score = streetScore(words, i);
    if (score > 0) return { start, end: behind + words.slice(0, i + 1).join(' ').length + 1, score };
  }
  const next = text[wordsEnd];
  const mayBeUnit = next === ',' || next === '\n' || isDigit(text.charCodeAt(wordsEnd + 1)) || words.some(isUnit);
  const unitEnd = mayBeUnit ? endOf(UNIT_BEHIND, text, behind) : undefined;
  return unitEnd === undefined ? undefined : { start, end: unitEnd, score: WITH_UNIT };
}

/** Behind the word of ` rue `, `, rue `, ` C. `. */
function smallTypeEnd(text: string, behind: number): number | undefined {
  const from = text[behind] === ',' ? behind + 2 : behind + 1;
  if (text[from - 1] !== ' ') return undefined;
  let end = from;
  while (end - from < MAX_TYPE_CHARS && isStreetChar(text, end)) end++;
  return text[end] === ' ' && isPrefix(text.slice(from, end)) ? end : undefined;
}

function startsName(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 65 && code <= 90) || (code >= 49 && code <= 57) || code >= 0xc0;
}

function streetScore(words: readonly string[], i: number): number {
  const word = (words[i] ?? '').toLowerCase();
  const bare = word.endsWith('.') ? word.slice(0, -1) : word;
  if (i > 0 && STRONG.has(bare)) return STREET;
  if (i > 0 && SMALL_SUFFIXES.has(word)) return STREET;
  if (hasSuffix(bare)) return STREET;
  return i > 0 && WEAK.has(bare) ? MAYBE_STREET : 0;
}

function behindNumber(text: string, start: number, group: Group): number {
  const code = text.charCodeAt(start);
  if (code >= 0xac00 && code < 0xd7b0) return endOf(KOREAN_TAIL, text, group.start) ?? group.end;
  return code > 0x3000 ? (endOf(CJK_TAIL, text, group.start) ?? group.end) : group.end;
}

function withTail(text: string, street: Street): Match {
  let { end, score } = street;
  const unit = endOf(TAIL_UNIT, text, end);
  if (unit !== undefined) end = unit;
  const code = endOf(TAIL, text, end);
  if (code !== undefined || unit !== undefined) score = Math.max(score, BORNE_OUT);
  end = code ?? endOf(TAIL_PLACE, text, end) ?? end;
  while (text[end - 1] === '.' || text[end - 1] === '-' || text[end - 1] === "'") end--;
  const value = text.slice(street.start, end).toLowerCase().replace(/\s+/gu, ' ');
  return { type: TYPE, score, start: street.start, end, value };
}

/** Whether words, numbers and marks of an address go on from `at` to the end of the text. */
function isOpenBehind(text: string, from: number): boolean {
  if (text.length - from > MAX_CHARS) return false;
  let at = from;
  while (at < text.length) {
    const markEnd = runOf(text, at, isMark);
    const end = runOf(text, markEnd, isWordChar);
    if (markEnd - at > MAX_MARKS || (end === at && end < text.length)) return false;
    if (end < text.length && end > markEnd && !isAddressWord(text, markEnd, end)) return false;
    at = end;
  }
  return true;
}

function runOf(text: string, from: number, isMember: (text: string, at: number) => boolean): number {
  let at = from;
  while (at < text.length && isMember(text, at)) at++;
  return at;
}

const isMark = (text: string, at: number): boolean => " ,\n#.'’-/º°ª".includes(text.charAt(at));
const isWordChar = (text: string, at: number): boolean => isLetter(text, at) || isDigit(text.charCodeAt(at));

function isAddressWord(text: string, from: number, to: number): boolean {
  if (isCapital(text, from) || isDigit(text.charCodeAt(from)) || text.charCodeAt(from) > 0x2fff) return true;
  const word = text.slice(from, to).toLowerCase();
  return [PARTICLES, PREFIXES, SMALL_SUFFIXES, UNITS].some((known) => known.has(word) || known.has(`${word}.`));
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
