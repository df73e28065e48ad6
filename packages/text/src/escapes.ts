import type { Decoding } from '@sallyport/core';
import { hexAt, hexByteAt, isAsciiDigit, isAsciiLetter, isAsciiWord } from './ascii.ts';
import { readAsset } from './read-asset.ts';

/** A decoded escape: what it stands for and where it ends. */
export interface Escape {
  readonly kind: Decoding;
  readonly text: string;
  readonly end: number;
}

/** Longest entity that is looked at, `&` and `;` included; the longest name in the table is shorter. */
const MAX_ENTITY_CHARS = 24;
/** Longest escape of the other kinds: `\u{10ffff}`. */
const MAX_ESCAPE_CHARS = 10;

const ENTITIES = new Map(Object.entries(readAsset('entities.json') as Record<string, string>));

const AMPERSAND = 38;
const PERCENT = 37;
const BACKSLASH = 92;
const HASH = 35;
const SEMICOLON = 59;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Decodes the escape that begins at `at` with `&`, `%` or `\`; `undefined` when there is none. Cost: bounded. */
export function escapeAt(text: string, at: number): Escape | undefined {
  switch (text.charCodeAt(at)) {
    case AMPERSAND:
      return entityAt(text, at);
    case PERCENT:
      return percentAt(text, at);
    case BACKSLASH:
      return backslashAt(text, at);
    default:
      return undefined;
  }
}

function entityAt(text: string, at: number): Escape | undefined {
  if (text.charCodeAt(at + 1) === HASH) return numericEntityAt(text, at);
  const limit = Math.min(text.length, at + MAX_ENTITY_CHARS);
  let end = at + 1;
  while (end < limit && isAsciiWord(text.charCodeAt(end))) end++;
  if (end === at + 1 || text.charCodeAt(end) !== SEMICOLON) return undefined;
  const value = ENTITIES.get(text.slice(at + 1, end));
  return value === undefined ? undefined : { kind: 'html-entity', text: value, end: end + 1 };
}

/** HTML takes a numeric entity without its semicolon too. */
function numericEntityAt(text: string, at: number): Escape | undefined {
  const marker = text.charCodeAt(at + 2) | 32;
  const hexadecimal = marker === 120;
  const first = hexadecimal ? at + 3 : at + 2;
  const limit = Math.min(text.length, at + MAX_ENTITY_CHARS);
  let end = first;
  while (end < limit && (hexadecimal ? hexAt(text, end) < 16 : isAsciiDigit(text.charCodeAt(end)))) end++;
  if (end === first) return undefined;
  const decoded = scalar(Number.parseInt(text.slice(first, end), hexadecimal ? 16 : 10));
  if (decoded === undefined) return undefined;
  return { kind: 'html-entity', text: decoded, end: text.charCodeAt(end) === SEMICOLON ? end + 1 : end };
}

/** One UTF-8 encoded scalar value in `%HH` bytes. Bytes that are not UTF-8 stay as they are. */
function percentAt(text: string, at: number): Escape | undefined {
  const lead = hexByteAt(text, at + 1);
  if (lead < 0) return undefined;
  if (lead < 0x80) return { kind: 'percent', text: String.fromCharCode(lead), end: at + 3 };
  const width = utf8Width(lead);
  if (width === 0) return undefined;
  let value = lead & (0xff >> (width + 1));
  for (let i = 1; i < width; i++) {
    const byte = text.charCodeAt(at + 3 * i) === PERCENT ? hexByteAt(text, at + 3 * i + 1) : -1;
    if (byte < 0x80 || byte > 0xbf) return undefined;
    value = value * 64 + (byte & 63);
  }
  const decoded = value >= (SMALLEST_OF_WIDTH[width] ?? 0) ? scalar(value) : undefined;
  return decoded === undefined ? undefined : { kind: 'percent', text: decoded, end: at + 3 * width };
}

const SMALLEST_OF_WIDTH = [0, 0, 0x80, 0x800, 0x10000];

/** Bytes of the UTF-8 sequence that `lead` opens, 2..4; 0 when it opens none. */
export function utf8Width(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** `\xHH`, `\uHHHH` and `\u{H...}` of source code. Surrogate halves come out as they are, and meet their partner there. */
function backslashAt(text: string, at: number): Escape | undefined {
  const marker = text.charCodeAt(at + 1);
  if (marker === 120) {
    const byte = hexByteAt(text, at + 2);
    return byte < 0 ? undefined : { kind: 'hex', text: String.fromCharCode(byte), end: at + 4 };
  }
  if (marker !== 117) return undefined;
  if (text.charCodeAt(at + 2) === OPEN_BRACE) return bracedAt(text, at);
  const high = hexByteAt(text, at + 2);
  const low = hexByteAt(text, at + 4);
  if (high < 0 || low < 0) return undefined;
  return { kind: 'hex', text: String.fromCharCode(high * 256 + low), end: at + 6 };
}

function bracedAt(text: string, at: number): Escape | undefined {
  let end = at + 3;
  while (end < at + 9 && hexAt(text, end) < 16) end++;
  if (end === at + 3 || text.charCodeAt(end) !== CLOSE_BRACE) return undefined;
  const decoded = scalar(Number.parseInt(text.slice(at + 3, end), 16));
  return decoded === undefined ? undefined : { kind: 'hex', text: decoded, end: end + 1 };
}

function scalar(value: number): string | undefined {
  if (value === 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return undefined;
  return String.fromCodePoint(value);
}

/**
 * First offset from which the end of `text` may be an unfinished escape; `text.length` when nothing is open.
 * Cost: bounded.
 */
export function openEscapeFrom(text: string): number {
  const n = text.length;
  let open = n;
  for (let at = n - 1; at >= Math.max(0, n - MAX_ENTITY_CHARS); at--) {
    const unit = text.charCodeAt(at);
    if (unit === AMPERSAND) {
      if (couldBecomeEntity(text, at)) open = at;
      break;
    }
    if (unit !== HASH && !isAsciiWord(unit)) break;
  }
  for (let at = n - 1; at >= Math.max(0, n - 12); at--) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH && couldBecomeBackslash(text, at)) open = Math.min(open, at);
    if (unit === PERCENT && couldBecomePercent(text, at)) open = Math.min(open, at);
  }
  return open;
}

function couldBecomeEntity(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  return at + 1 === text.length || next === HASH || isAsciiLetter(next);
}

function couldBecomeBackslash(text: string, at: number): boolean {
  if (escapeAt(text, at) !== undefined) return false;
  const rest = text.slice(at + 1, at + 1 + MAX_ESCAPE_CHARS);
  return at + 1 + rest.length === text.length && /^(?:|x[\da-f]?|u[\da-f]{0,3}|u\{[\da-f]{0,6})$/i.test(rest);
}

function couldBecomePercent(text: string, at: number): boolean {
  if (escapeAt(text, at) !== undefined) return false;
  if (at + 3 > text.length) return at + 1 === text.length || hexAt(text, at + 1) < 16;
  const lead = hexByteAt(text, at + 1);
  return utf8Width(lead) > 0 && at + 3 * utf8Width(lead) > text.length;
}
