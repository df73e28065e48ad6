import { isLetter } from './cue-index.ts';
import { isCapital } from './name-reader.ts';
import table from './street-types.json' with { type: 'json' };
import { hasSuffix, isPrefix, isStreetChar, PARTICLES } from './street-words.ts';

const COMMA = 44;
/** How far before its number a street may begin: `Via Santa Teresa degli Scalzi 71`. */
export const MAX_LEAD_CHARS = 64;
const MAX_STREET_WORDS = 7;
const MAX_WORD_CHARS = 31;

const BOX_WORDS = new Set(table.boxWords.split(' '));
const BOX =
  /(?:^|[^\p{L}\p{M}])(?:(?:P\. ?O\. ?|PO ?|Post Office |PSC [0-9]{1,4},? |Unit [0-9]{1,5},? )Box|Postfach|Boîte postale|B\.P\.|BP|Apartado(?: de correos)?|Casella postale|Postbus|Caixa postal|Skrytka pocztowa) $/iu;
const KOREAN =
  /(?:^|[^가-힣])((?:[가-힣]{1,10}(?:특별자치시|특별자치도|특별시|광역시|시|도|군|구|읍|면|동|리),? ){1,4}[가-힣0-9]{1,12}(?:로|길|동|리) ?)$/u;
const CJK =
  /((?:\p{Script=Han}{2,4}[都道府県省市区區縣])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]{1,24})$/u;

const OPEN_SUFFIX = /(?:^|[^\p{L}\p{M}])([\p{L}\p{M}'’.-]{2,66},? ?)$/u;
const OPEN_BOX =
  /(?:^|[^A-Za-z])((?:P\.? ?O?\.? ?|Post(?: Office)? ?|PSC [0-9]{0,4},? ?|Unit [0-9]{0,5},? ?|Apartado(?: de)? ?|Casella ?|Caixa ?|Skrytka ?|Boîte ?)[A-Za-z.]{0,10} ?)$/;
const OPEN_KOREAN =
  /(?:^|[^가-힣])((?:[가-힣]{1,10}(?:특별자치시|특별자치도|특별시|광역시|시|도|군|구|읍|면|동|리),? ){1,4}[가-힣0-9]{0,14} ?)$/u;
const OPEN_CJK =
  /((?:\p{Script=Han}{2,4}[都道府県省市区區縣])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]{0,24})$/u;

/** The number of a house. */
export interface Group {
  readonly start: number;
  readonly end: number;
}

export function leadsIn(text: string, start: number): boolean {
  const before = text[start - 1];
  if (before === ' ') return isLetter(text, start - 2) || text[start - 2] === ',' || text[start - 2] === '.';
  return text.charCodeAt(start - 1) > 0x3000 && isLetter(text, start - 1);
}

/** Where a street begins whose number stands behind it. Most numbers stand behind a word without a capital. */
export function leadStart(text: string, { start }: Group): number | undefined {
  if (!leadsIn(text, start)) return undefined;
  const from = Math.max(0, start - MAX_LEAD_CHARS);
  const gapStart = text[start - 1] === ' ' ? start - 1 : start;
  const end = text.charCodeAt(gapStart - 1) === COMMA ? gapStart - 1 : gapStart;
  if (text.charCodeAt(end - 1) > 0x3000) return leadOfAsia(text.charAt(end - 1), text.slice(from, start), from);
  const word = lastWord(text, end);
  if (!isCapital(text, end - word.length)) return undefined;
  const lower = word.toLowerCase();
  if (hasSuffix(lower.endsWith('.') ? lower.slice(0, -1) : lower)) return end - word.length;
  if (BOX_WORDS.has(lower)) {
    const box = BOX.exec(text.slice(from, start));
    if (box !== null) return from + box.index + (isLetter(box[0], 0) ? 0 : 1);
  }
  return wordsBack(text, start - 1, 1);
}

/** In Korean a road ends in few syllables; in Chinese and Japanese a town or ward must be named first. */
function leadOfAsia(last: string, before: string, from: number): number | undefined {
  if (/[가-힣]/.test(last)) return '로길동리'.includes(last) ? fromEnd(KOREAN, before, from) : undefined;
  return /[都道府県省市区區縣]/.test(before) ? fromEnd(CJK, before, from) : undefined;
}

function lastWord(text: string, end: number): string {
  let start = end;
  while (start > 0 && end - start < MAX_LEAD_CHARS && isStreetChar(text, start - 1)) start--;
  return text.slice(start, end);
}

function fromEnd(pattern: RegExp, before: string, from: number): number | undefined {
  const found = pattern.exec(before);
  return found === null ? undefined : from + found.index + found[0].indexOf(found[1] ?? '');
}

/**
 * Goes back from `end` over capitalised words and particles to the word for a street: where that begins. Cost: 0.1 us a word.
 * @param fewest words that must stand between
 */
function wordsBack(text: string, end: number, fewest: number): number | undefined {
  let at = end;
  for (let words = 0; words < MAX_STREET_WORDS && end - at < MAX_LEAD_CHARS; words++) {
    while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === ',') && end - at < 4) at--;
    let start = at;
    while (start > 0 && at - start < MAX_WORD_CHARS && isStreetChar(text, start - 1)) start--;
    if (start === at) return undefined;
    const word = text.slice(start, at);
    if (words >= fewest && isPrefix(word)) return start;
    const isPartial = words === 0 && fewest === 0 && at === text.length;
    if (!isPartial && !isCapital(text, start) && !PARTICLES.has(word)) return undefined;
    if (text[start - 1] !== ' ') return undefined;
    at = start - 1;
  }
  return undefined;
}

/** Where a street may begin whose number is still to come. */
export function openLead(text: string): number {
  const from = Math.max(0, text.length - MAX_LEAD_CHARS - 2);
  const tail = text.slice(from);
  let open = text.length;
  for (const pattern of [OPEN_BOX, OPEN_KOREAN, OPEN_CJK]) open = Math.min(open, fromEnd(pattern, tail, from) ?? open);
  open = Math.min(open, wordsBack(text, text.length, 0) ?? open);
  const word = OPEN_SUFFIX.exec(tail)?.[1] ?? '';
  if (hasSuffix(word.toLowerCase().replace(/[., ]{0,3}$/, ''))) open = Math.min(open, text.length - word.length);
  return open;
}
