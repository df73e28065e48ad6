import type { Decoding, Span } from '@sallyport/core';
import { hexAt } from './ascii.ts';
import { type ByteRange, printableStretches } from './printable-bytes.ts';
import type { EncodedRun } from './survey.ts';

/** A text that was found encoded, and where in its source each unit of it stood. */
export interface DecodedRun {
  readonly kind: Decoding;
  readonly text: string;
  toSource(start: number, end: number): Span;
}

/** Printable bytes from which a stretch counts when it is not (nearly) the whole run. */
const MIN_STRETCH_BYTES = 16;
/** Printable bytes from which a (nearly) whole run counts. */
const MIN_WHOLE_BYTES = 8;
/** Share of a run that must be printable for it to count as a whole. */
const WHOLE_SHARE = 0.9;

const SEXTETS = new Uint8Array(128).fill(255);
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  SEXTETS[char.charCodeAt(0)] = value;
}
SEXTETS['-'.charCodeAt(0)] = 62;
SEXTETS['_'.charCodeAt(0)] = 63;

/** The digits of a run: their values, and where they stand in the source. */
interface Digits {
  readonly values: Uint8Array;
  readonly length: number;
  positionOf(index: number): number;
}

/** How many digits of `bits` bits each make bytes, and what that encoding is called. */
interface Radix {
  readonly kind: Decoding;
  readonly bits: 4 | 6;
  readonly alignments: number;
}

const HEX: Radix = { kind: 'hex', bits: 4, alignments: 2 };
const BASE64: Radix = { kind: 'base64', bits: 6, alignments: 4 };

/**
 * Reads a run as hexadecimal and as base64, from every alignment, so that what is glued to its front does not hide it.
 * Only what can be read (see `printableStretches`) is returned. Cost: O(run), at most six passes.
 */
export function decodeRun(text: string, run: EncodedRun): readonly DecodedRun[] {
  if (run.shape === 'pairs') return decodeDigits(pairDigits(text, run.start, run.end), HEX);
  const decoded: DecodedRun[] = [];
  for (const span of hexSpans(text, run)) decoded.push(...decodeDigits(hexDigits(text, span), HEX));
  if (decoded.length === 0) decoded.push(...decodeDigits(base64Digits(text, run), BASE64));
  return decoded;
}

/** Stretches of hexadecimal digits, or of pairs with hyphens between them, long enough to be tried. */
function hexSpans(text: string, run: EncodedRun): readonly Span[] {
  const spans: Span[] = [];
  let start = run.start;
  for (let i = run.start; i <= run.end; i++) {
    const inside = i < run.end && (hexAt(text, i) < 16 || isSkipped(text.charCodeAt(i), run.broken));
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
  return collectDigits(text, span, (at) => hexAt(text, at));
}

function pairDigits(text: string, start: number, end: number): Digits {
  return collectDigits(text, { start, end }, (at) => {
    const prefix = text.charCodeAt(at) === 48 && (text.charCodeAt(at + 1) | 32) === 120;
    return prefix ? 255 : hexAt(text, at);
  });
}

function base64Digits(text: string, run: EncodedRun): Digits {
  const valueAt = (at: number) => {
    const unit = text.charCodeAt(at);
    return unit < 128 ? (SEXTETS[unit] ?? 255) : 255;
  };
  if (run.broken) return collectDigits(text, run, valueAt);
  const length = run.end - run.start;
  const values = new Uint8Array(length);
  for (let i = 0; i < length; i++) values[i] = valueAt(run.start + i);
  return { values, length, positionOf: (index) => run.start + index };
}

function collectDigits(text: string, span: Span, valueAt: (at: number) => number): Digits {
  const values = new Uint8Array(span.end - span.start);
  const positions = new Uint32Array(span.end - span.start);
  let length = 0;
  for (let at = span.start; at < span.end && at < text.length; at++) {
    const value = valueAt(at);
    if (value === 255) continue;
    values[length] = value;
    positions[length] = at;
    length++;
  }
  return { values, length, positionOf: (index) => positions[index] ?? span.end };
}

function decodeDigits(digits: Digits, radix: Radix): readonly DecodedRun[] {
  const decoded: DecodedRun[] = [];
  for (let alignment = 0; alignment < radix.alignments; alignment++) {
    const length = Math.floor(((digits.length - alignment) * radix.bits) / 8);
    if (length < MIN_WHOLE_BYTES) break;
    const bytes = toBytes(digits.values.subarray(alignment), radix.bits, length);
    const whole = length * WHOLE_SHARE;
    for (const range of printableStretches(
      bytes,
      length,
      Math.min(MIN_STRETCH_BYTES, Math.max(MIN_WHOLE_BYTES, whole)),
    )) {
      if (range.end - range.start >= MIN_STRETCH_BYTES || (alignment === 0 && range.end - range.start >= whole)) {
        decoded.push(decodedRange(digits, { radix, alignment, bytes, range }));
      }
    }
    if (decoded.length === 0 && alignment === 0) decoded.push(...decodeWide(digits, { radix, bytes, length }));
    const first = decoded[0];
    if (alignment === 0 && first !== undefined && first.text.length >= whole) break;
  }
  return decoded;
}

function toBytes(values: Uint8Array, bits: 4 | 6, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (bits === 4) {
    for (let i = 0; i < length; i++) bytes[i] = ((values[2 * i] ?? 0) << 4) | (values[2 * i + 1] ?? 0);
    return bytes;
  }
  for (let i = 0, at = 0; i < length; i += 3, at += 4) {
    const second = values[at + 1] ?? 0;
    const third = values[at + 2] ?? 0;
    bytes[i] = ((values[at] ?? 0) << 2) | (second >> 4);
    bytes[i + 1] = (second << 4) | (third >> 2);
    bytes[i + 2] = (third << 6) | (values[at + 3] ?? 0);
  }
  return bytes;
}

/** Bytes of a run, read from one alignment. */
interface Reading {
  readonly radix: Radix;
  readonly alignment: number;
  readonly bytes: Uint8Array;
  readonly range: ByteRange;
}

function decodedRange(digits: Digits, { radix, alignment, bytes, range }: Reading): DecodedRun {
  const text = Buffer.from(bytes.buffer, range.start, range.end - range.start).toString('utf8');
  const ascii = text.length === range.end - range.start;
  return {
    kind: radix.kind,
    text,
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
function decodeWide(
  digits: Digits,
  { radix, bytes, length }: { readonly radix: Radix; readonly bytes: Uint8Array; readonly length: number },
): readonly DecodedRun[] {
  const units = Math.floor(length / 2);
  const narrow = new Uint8Array(units);
  for (let i = 0; i < units; i++) {
    if (bytes[2 * i + 1] !== 0) return [];
    narrow[i] = bytes[2 * i] ?? 0;
  }
  const [range] = printableStretches(narrow, units, MIN_WHOLE_BYTES);
  if (range === undefined || range.end - range.start < units) return [];
  const text = Buffer.from(narrow.buffer, 0, units).toString('latin1');
  return [
    {
      kind: radix.kind,
      text,
      toSource: (start, end) => sourceOfBytes(digits, radix, { start: 2 * start, end: 2 * end, alignment: 0 }),
    },
  ];
}
