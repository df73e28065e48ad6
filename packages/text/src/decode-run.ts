import type { Decoding, Span } from '@sallyport/core';
import { hexAt } from './ascii.ts';
import type { EncodedRun } from './encoded-runs.ts';
import { type RowShape, readRow } from './letter-rows.ts';
import { type ByteRange, printableStretches } from './printable-bytes.ts';

/** A text that was found encoded, and where in its source each unit of it stood. */
export interface DecodedRun {
  readonly kind: Decoding;
  readonly text: string;
  /** Bytes that the text was encoded in. */
  readonly bytes: number;
  toSource(start: number, end: number): Span;
}

/** Printable bytes from which a stretch counts when it is not (nearly) the whole run. */
const MIN_STRETCH_BYTES = 16;
/** Printable bytes from which a (nearly) whole run counts. */
const MIN_WHOLE_BYTES = 8;
/** Share of a run that must be printable for it to count as a whole. */
const WHOLE_SHARE = 0.9;

/** Bytes of the shortest text in base32 that counts. */
const MIN_BASE32_BYTES = 12;

const NOTHING: readonly DecodedRun[] = [];

const SEXTETS = new Uint8Array(128).fill(255);
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  SEXTETS[char.charCodeAt(0)] = value;
}
SEXTETS['-'.charCodeAt(0)] = 62;
SEXTETS['_'.charCodeAt(0)] = 63;

/** The digits of a run: how many, and where they stand in the source. Their values are in `scratch.values`. */
interface Digits {
  readonly length: number;
  positionOf(index: number): number;
}

/** Work space of the decoding at hand; a decoded text is copied out before the next run is read. */
const scratch = { values: new Uint8Array(4_096), bytes: new Uint8Array(4_096) };

function reserve(length: number): void {
  if (scratch.values.length >= length) return;
  scratch.values = new Uint8Array(2 * length);
  scratch.bytes = new Uint8Array(2 * length);
}

/** How many digits of `bits` bits each make bytes, and what that encoding is called. */
interface Radix {
  readonly kind: Decoding;
  readonly bits: 4 | 5 | 6;
  readonly alignments: number;
}

const HEX: Radix = { kind: 'hex', bits: 4, alignments: 2 };
const BASE32: Radix = { kind: 'base32', bits: 5, alignments: 1 };
const BASE64: Radix = { kind: 'base64', bits: 6, alignments: 4 };

/**
 * Reads a run as hexadecimal and as base64, from every alignment, so that what is glued to its front does not hide it.
 * Only what can be read (see `printableStretches`) is returned. Cost: O(run), at most seven passes.
 */
export function decodeRun(text: string, run: EncodedRun): readonly DecodedRun[] {
  if (run.shape === 'spaced' || run.shape === 'morse') return decodeRow(text, { ...run, shape: run.shape });
  if (run.shape === 'pairs') return decodeDigits(pairDigits(text, run.start, run.end), HEX);
  const decoded: DecodedRun[] = [];
  for (const span of hexSpans(text, run)) decoded.push(...decodeDigits(hexDigits(text, span), HEX));
  if (decoded.length > 0) return decoded;
  const base32 = decodeBase32(text, run);
  return base32.length > 0 ? base32 : decodeDigits(base64Digits(text, run), BASE64);
}

/** Letters of a row, or nothing where Morse code has but one of its signs. */
function decodeRow(text: string, row: Span & { readonly shape: RowShape }): readonly DecodedRun[] {
  const raw = text.slice(row.start, row.end);
  if (row.shape === 'morse' && !(raw.includes('.') && raw.includes('-'))) return NOTHING;
  const { text: letters, places } = readRow(text, row);
  const placeOf = (at: number) => places[Math.min(at, places.length - 1)] ?? row;
  const toSource = (start: number, end: number) => {
    const from = placeOf(start).start;
    return { start: from, end: end > start ? placeOf(end - 1).end : from };
  };
  return [{ kind: row.shape, text: letters, bytes: letters.length, toSource }];
}

/** A whole token in base32. Identifiers are made of the same letters, so every byte must be readable ASCII. */
function decodeBase32(text: string, run: EncodedRun): readonly DecodedRun[] {
  if (!isBase32(text, run)) return NOTHING;
  const digits = collectDigits(run, (at) => quintetOf(text.charCodeAt(at)));
  const length = Math.floor((digits.length * BASE32.bits) / 8);
  toBytes(0, BASE32.bits, length);
  if (scratch.bytes.subarray(0, length).some((byte) => byte > 126)) return NOTHING;
  const [range] = printableStretches(scratch.bytes, length, MIN_BASE32_BYTES);
  if (range === undefined || range.end - range.start < length) return NOTHING;
  return [decodedRange(digits, { radix: BASE32, alignment: 0, range })];
}

/** Whether a token is made of capitals alone or small letters alone, with a digit: else it is a word, or base64. */
function isBase32(text: string, { start, end, broken }: EncodedRun): boolean {
  let letterCase = -1;
  let digit = false;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 50 && unit <= 55) digit = true;
    else if (quintetOf(unit) < 26) {
      if (letterCase >= 0 && (unit & 32) !== letterCase) return false;
      letterCase = unit & 32;
    } else if (!(broken && unit <= 32)) return false;
  }
  return digit;
}

function quintetOf(unit: number): number {
  if (unit >= 50 && unit <= 55) return unit - 24;
  const letter = (unit | 32) - 97;
  return letter >= 0 && letter < 26 ? letter : 255;
}

/** Stretches of hexadecimal digits, or of pairs with hyphens between them, long enough to be tried. */
function hexSpans(text: string, run: EncodedRun): readonly Span[] {
  const spans: Span[] = [];
  let start = run.start;
  for (let i = run.start; i <= run.end; i++) {
    const inside = i < run.end && (hexAt(text, i) < 16 || (i > start && isSkipped(text.charCodeAt(i), run.broken)));
    if (inside) continue;
    if (i - start >= 16) spans.push({ start, end: i });
    start = i + 1;
  }
  return spans;
}

function isSkipped(unit: number, broken: boolean): boolean {
  return unit === 45 || (broken && (unit === 10 || unit === 13 || unit === 32 || unit === 9));
}

function hexDigits(text: string, span: Span): Digits {
  return collectDigits(span, (at) => hexAt(text, at));
}

function pairDigits(text: string, start: number, end: number): Digits {
  return collectDigits({ start, end }, (at) => {
    const prefix = text.charCodeAt(at) === 48 && (text.charCodeAt(at + 1) | 32) === 120;
    return prefix ? 255 : hexAt(text, at);
  });
}

function base64Digits(text: string, run: EncodedRun): Digits {
  if (run.broken) return collectDigits(run, (at) => SEXTETS[text.charCodeAt(at)] ?? 255);
  const { start } = run;
  const length = run.end - start;
  reserve(length);
  const { values } = scratch;
  for (let i = 0; i < length; i++) values[i] = SEXTETS[text.charCodeAt(start + i)] ?? 0;
  return { length, positionOf: (index) => start + index };
}

function collectDigits(span: Span, valueAt: (at: number) => number): Digits {
  reserve(span.end - span.start);
  const positions = new Uint32Array(span.end - span.start);
  let length = 0;
  for (let at = span.start; at < span.end; at++) {
    const value = valueAt(at);
    if (value === 255) continue;
    scratch.values[length] = value;
    positions[length] = at;
    length++;
  }
  return { length, positionOf: (index) => positions[index] ?? span.end };
}

function decodeDigits(digits: Digits, radix: Radix): readonly DecodedRun[] {
  const decoded: DecodedRun[] = [];
  for (let alignment = 0; alignment < radix.alignments; alignment++) {
    const length = Math.floor(((digits.length - alignment) * radix.bits) / 8);
    if (length < MIN_WHOLE_BYTES) break;
    toBytes(alignment, radix.bits, length);
    const whole = alignment === 0 ? Math.max(MIN_WHOLE_BYTES, Math.ceil(length * WHOLE_SHARE)) : MIN_STRETCH_BYTES;
    for (const range of printableStretches(scratch.bytes, length, Math.min(MIN_STRETCH_BYTES, whole))) {
      decoded.push(decodedRange(digits, { radix, alignment, range }));
    }
    if (alignment > 0) continue;
    if (decoded.length === 0) decoded.push(...decodeWide(digits, radix, length));
    const first = decoded[0];
    if (first !== undefined && first.bytes >= whole) break;
  }
  return decoded;
}

/** Packs digits from `scratch.values`, from `alignment` on, into `scratch.bytes`. */
function toBytes(alignment: number, bits: Radix['bits'], length: number): void {
  const { values, bytes } = scratch;
  if (bits === 4) {
    for (let i = 0, at = alignment; i < length; i++, at += 2) {
      bytes[i] = ((values[at] as number) << 4) | (values[at + 1] as number);
    }
    return;
  }
  if (bits === 5) {
    for (let i = 0, held = 0, left = 0, at = alignment; i < length; at++) {
      held = ((held << 5) | (values[at] as number)) & 0xfff;
      left += 5;
      if (left < 8) continue;
      left -= 8;
      bytes[i++] = held >> left;
    }
    return;
  }
  for (let i = 0, at = alignment; i < length; i += 3, at += 4) {
    const second = values[at + 1] as number;
    const third = values[at + 2] as number;
    bytes[i] = ((values[at] as number) << 2) | (second >> 4);
    bytes[i + 1] = (second << 4) | (third >> 2);
    bytes[i + 2] = (third << 6) | (values[at + 3] as number);
  }
}

/** Bytes of a run, read from one alignment. */
interface Reading {
  readonly radix: Radix;
  readonly alignment: number;
  readonly range: ByteRange;
}

function decodedRange(digits: Digits, { radix, alignment, range }: Reading): DecodedRun {
  const bytes = range.end - range.start;
  const text = Buffer.from(scratch.bytes.buffer, range.start, bytes).toString('utf8');
  const ascii = text.length === bytes;
  return {
    kind: radix.kind,
    text,
    bytes,
    toSource(start, end) {
      const from = range.start + (ascii ? start : byteOffset(text, start));
      const to = range.start + (ascii ? end : byteOffset(text, end));
      return sourceOfBytes(digits, radix, { start: from, end: to, alignment });
    },
  };
}

function sourceOfBytes(digits: Digits, radix: Radix, bytes: ByteRange & { readonly alignment: number }): Span {
  const first = bytes.alignment + Math.floor((bytes.start * 8) / radix.bits);
  const start = digits.positionOf(first);
  if (bytes.end <= bytes.start) return { start, end: start };
  const last = bytes.alignment + Math.floor((bytes.end * 8 - 1) / radix.bits);
  return { start, end: digits.positionOf(last) + 1 };
}

/** UTF-8 offset of a UTF-16 offset. Cost: O(offset); asked for findings alone. */
function byteOffset(text: string, offset: number): number {
  return Buffer.byteLength(text.slice(0, offset), 'utf8');
}

/** Text in UTF-16, little-endian, as encoded shell commands carry it: half of its bytes are zero. */
function decodeWide(digits: Digits, radix: Radix, length: number): readonly DecodedRun[] {
  const { bytes } = scratch;
  if (bytes[1] !== 0) return NOTHING;
  const units = Math.floor(length / 2);
  const narrow = new Uint8Array(units);
  for (let i = 0; i < units; i++) {
    if (bytes[2 * i + 1] !== 0) return NOTHING;
    narrow[i] = bytes[2 * i] as number;
  }
  const [range] = printableStretches(narrow, units, MIN_WHOLE_BYTES);
  if (range === undefined || range.end - range.start < units) return NOTHING;
  return [
    {
      kind: radix.kind,
      text: Buffer.from(narrow.buffer).toString('latin1'),
      bytes: length,
      toSource: (start, end) => sourceOfBytes(digits, radix, { start: 2 * start, end: 2 * end, alignment: 0 }),
    },
  ];
}
