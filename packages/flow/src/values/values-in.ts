import { readUrl, type ValueKind } from '@sallyport/core';
import { isAscii, twinPattern } from './ascii-twin.ts';
import { canonicalHost, hostLook } from './canonical-host.ts';
import { datesIn } from './dates.ts';
import extensions from './file-extensions.json' with { type: 'json' };
import { readNumber } from './read-number.ts';

/** A value that has a form of its own, found in a text. */
export interface FoundValue {
  readonly kind: ValueKind;
  /** Kind and canonical spelling, such as `iban:GB29NWBK60161331926819`. */
  readonly key: string;
  /** What else it can be taken for: the same for a host and its imitations. Absent when that is the key itself. */
  readonly lookKey?: string;
  readonly start: number;
  readonly end: number;
}

const LOCAL_SIGNS = "._%+'-";
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const LOCAL_PART_UNITS = 64;
const DOMAIN = twinPattern(/(?:[\p{L}\p{N}\p{M}-]{1,63}\.){1,8}[\p{L}\p{N}-]{2,63}/uy);
const URL_TEXT = /\bhttps?:\/\/[^\s<>"'`\])}]{1,2048}/giu;
const BARE_HOST = twinPattern(
  /(?<![\p{L}\p{N}\p{M}@._/-])(?:[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.){1,8}[\p{L}][\p{L}\p{N}-]{1,62}(?![\p{L}\p{N}\p{M}@-])(?:\/[^\s<>"'`\])}]{0,2048})?/giu,
);
const IBAN = twinPattern(
  /(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?:[a-z0-9]{10,30}|(?:[ -][a-z0-9]{4}){2,7}(?:[ -]\d{1,4})?)(?![\p{L}\p{N}])/giu,
);
const PHONE = twinPattern(/(?<![\p{L}\p{N}.])\+?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\p{L}\p{N}])/gu);
const NUMBER = twinPattern(
  /(?<![\p{L}\p{N}.,-])[-+]?\d{1,15}(?:[.,' \u00a0\u202f]\d{3}){0,6}(?:[.,]\d{1,8})?(?![\p{L}\p{N}])/gu,
);
/** What ends in one of these and stands alone is a file's name; none of them is a top-level domain. */
const FILE_NAME = new RegExp(`^[^/]*\\.(?:${extensions.join('|')})$`, 'i');
const PUNCTUATION_AFTER = /[.,;:!?)\]}>]+$/;
const FEWEST_IBAN_DIGITS = 8;
/** Digits at a phone number's end that tell it: what stands before is a country's code, or is left out. */
const PHONE_TAIL_DIGITS = 9;
const MAX_VALUES = 2_048;

/** Values in a text by their canonical spelling; the first 2,048 of them. Cost: O(length), about 25 us per KB. */
export function valuesIn(text: string): readonly FoundValue[] {
  const found: FoundValue[] = [];
  const ascii = isAscii(text);
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) addEmail(found, text, { at, ascii });
  if (text.includes('://')) for (const match of text.matchAll(URL_TEXT)) addUrl(found, match, '');
  if (text.includes('.')) for (const match of text.matchAll(BARE_HOST.for(ascii))) addUrl(found, match, 'http://');
  if (!/\d/.test(text)) return found;
  for (const { 0: whole, index } of text.matchAll(IBAN.for(ascii))) {
    const iban = whole.replace(/[ -]/g, '').toUpperCase();
    const digits = iban.replace(/\D/g, '').length;
    if (digits >= FEWEST_IBAN_DIGITS)
      add(found, { kind: 'iban', key: `iban:${iban}`, start: index, end: index + whole.length });
  }
  const dates = datesIn(text);
  const days = new Set(dates.map(({ start }) => start));
  for (const { 0: whole, index } of text.matchAll(PHONE.for(ascii))) {
    if (days.has(index)) continue;
    const digits = whole.replace(/\D/g, '').slice(-PHONE_TAIL_DIGITS);
    add(found, { kind: 'phone', key: `phone:${digits}`, start: index, end: index + whole.length });
  }
  for (const { 0: whole, index } of text.matchAll(NUMBER.for(ascii))) {
    const number = readNumber(whole);
    if (number !== undefined)
      add(found, { kind: 'number', key: `number:${number}`, start: index, end: index + whole.length });
  }
  for (const { date, start, end } of dates) add(found, { kind: 'date', key: `date:${date}`, start, end });
  return found;
}

function add(found: FoundValue[], value: FoundValue): void {
  if (found.length < MAX_VALUES) found.push(value);
}

/** An address around its sign: looked for from there, so that long words cost nothing. */
function addEmail(
  found: FoundValue[],
  text: string,
  { at, ascii }: { readonly at: number; readonly ascii: boolean },
): void {
  const local = localPartBefore(text, at);
  if (local === '') return;
  const pattern = DOMAIN.for(ascii);
  pattern.lastIndex = at + 1;
  const domain = pattern.exec(text)?.[0];
  if (domain === undefined) return;
  const name = local
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^['.]+/, '');
  const host = canonicalHost(domain);
  if (host === '' || name === '') return;
  const key = `email:${name}@${host}`;
  const look = `email:${hostLook(name)}@${hostLook(host)}`;
  const place = { start: at - local.length, end: at + 1 + domain.length };
  add(found, { kind: 'email', key, ...(look !== key && { lookKey: look }), ...place });
}

function localPartBefore(text: string, at: number): string {
  let start = at;
  while (start > 0) {
    const low = text.charCodeAt(start - 1);
    const units = low >= 0xdc00 && low <= 0xdfff && start > 1 ? 2 : 1;
    if (at - start + units > LOCAL_PART_UNITS || !isLocal(text, start - units, low)) break;
    start -= units;
  }
  return text.slice(start, at);
}

function isLocal(text: string, from: number, unit: number): boolean {
  if (unit >= 0x80) return LETTER_OR_DIGIT.test(String.fromCodePoint(text.codePointAt(from) ?? 0));
  const letter = unit | 0x20;
  if ((letter >= 0x61 && letter <= 0x7a) || (unit >= 0x30 && unit <= 0x39)) return true;
  return LOCAL_SIGNS.includes(String.fromCharCode(unit));
}

/** A URL is found as a whole and by its host. */
function addUrl(found: FoundValue[], { 0: whole, index }: RegExpExecArray, scheme: string): void {
  const text = whole.replace(PUNCTUATION_AFTER, '');
  if (scheme !== '' && FILE_NAME.test(text)) return;
  const parsed = readUrl(scheme + text);
  if (parsed === undefined) return;
  const host = canonicalHost(parsed.hostname);
  if (host === '') return;
  const place = { start: index, end: index + text.length };
  const look = hostLook(host);
  const rest = `${parsed.port === '' ? '' : `:${parsed.port}`}${parsed.pathname.replace(/\/+$/, '')}${parsed.search}`;
  const looks = (kind: 'url' | 'host', tail: string) => (look === host ? {} : { lookKey: `${kind}:${look}${tail}` });
  add(found, { kind: 'host', key: `host:${host}`, ...looks('host', ''), ...place });
  add(found, { kind: 'url', key: `url:${host}${rest}`, ...looks('url', rest), ...place });
}
