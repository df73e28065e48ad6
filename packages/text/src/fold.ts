import type { Decoding, Span } from '@sallyport/core';
import {
  BIDI,
  COMPATIBLE,
  CONFUSABLE,
  classOf,
  DASH,
  HIGH_SURROGATE,
  INERT,
  MARK,
  NO_BREAK,
  SELECTOR,
  WIDE_PUNCTUATION,
  ZERO_WIDTH,
} from './char-class.ts';
import { escapeAt } from './escapes.ts';
import { foldAstral } from './fold-astral.ts';
import { foldLookAlike } from './fold-word.ts';
import { type HiddenRun, selectorByte } from './hidden-runs.ts';
import { OffsetMap } from './offset-map.ts';
import {
  dashOf,
  noBreakIsOrdinary,
  selectorIsOrdinary,
  widePunctuationIsOrdinary,
  zeroWidthIsOrdinary,
} from './typography.ts';

/** A text with its disguises taken off, and where each unit of it came from. */
export interface Folded {
  readonly text: string;
  readonly map: OffsetMap;
  /** Texts carried by characters that draw nothing, with their source ranges. */
  readonly hidden: readonly (HiddenRun & { readonly kind: Decoding })[];
}

/** Marks and invisible units after one base that are normalised with it; further ones are dropped. */
const MAX_CLUSTER_UNITS = 32;

/** State of one fold: the edits so far, and the text that they give. */
export class FoldWriter {
  readonly source: string;
  readonly map = new OffsetMap();
  readonly hidden: (HiddenRun & { kind: Decoding })[] = [];
  /** The word that was looked at last: where it ends, and whether its look-alikes are disguise. */
  word = { end: 0, disguised: false };
  #out = '';
  /** Source offset up to which the output is written. */
  #done = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Source offset up to which everything is decided by edits already made. */
  get done(): number {
    return this.#done;
  }

  /** Replaces a range of the source that begins at or after `done`. */
  replace(kind: Decoding, span: Span, text: string): void {
    this.#out += this.source.slice(this.#done, span.start);
    const at = this.#out.length;
    this.#out += text;
    this.#done = span.end;
    this.map.add(kind, span, { start: at, end: this.#out.length });
  }

  finish(): Folded | undefined {
    if (this.map.size === 0) return undefined;
    const { map, hidden } = this;
    return { text: this.#out + this.source.slice(this.#done), map, hidden };
  }
}

/**
 * Undoes what hides text within itself: compatibility forms (NFKC), invisible characters, tags, variation selectors,
 * look-alikes in words of mixed script, HTML entities, percent and backslash escapes.
 * @param from nothing before it is to be undone
 * @returns `undefined` when nothing is to be undone. Cost: O(length).
 */
export function fold(source: string, from = 0): Folded | undefined {
  const writer = new FoldWriter(source);
  const n = source.length;
  let at = from;
  while (at < n) {
    const unit = source.charCodeAt(at);
    if (unit >= 0x80) at = foldBeyondAscii(writer, at, unit);
    else if (unit === 38 || unit === 37 || unit === 92) at = foldEscape(writer, at);
    else at++;
  }
  return writer.finish();
}

function foldEscape(writer: FoldWriter, at: number): number {
  const found = escapeAt(writer.source, at);
  if (found === undefined) return at + 1;
  writer.replace(found.kind, { start: at, end: found.end }, found.text);
  return found.end;
}

/** Handles what stands at `at` and returns where to go on. */
function foldBeyondAscii(writer: FoldWriter, at: number, unit: number): number {
  const { source } = writer;
  switch (classOf(unit)) {
    case INERT:
      return nextIsMark(source, at) ? foldCluster(writer, at, at + 1) : at + 1;
    case COMPATIBLE:
      return foldCluster(writer, at, at + 1);
    case MARK:
      return foldCluster(writer, at > writer.done && canBear(source.charCodeAt(at - 1)) ? at - 1 : at, at);
    case CONFUSABLE:
      return foldLookAlike(writer, at);
    case HIGH_SURROGATE:
      return foldAstral(writer, at);
    case SELECTOR:
      return selectorIsOrdinary(source, at) ? at + 1 : foldSelectors(writer, at);
    case ZERO_WIDTH:
      return zeroWidthIsOrdinary(source, at) ? at + 1 : replaceUnit(writer, at, { kind: 'zero-width', text: '' });
    case BIDI:
      return replaceUnit(writer, at, { kind: 'bidi', text: '' });
    case WIDE_PUNCTUATION:
      return widePunctuationIsOrdinary(source, at) ? at + 1 : foldCluster(writer, at, at + 1);
    case NO_BREAK:
      return noBreakIsOrdinary(source, at) ? at + 1 : replaceUnit(writer, at, { kind: 'nfkc', text: ' ' });
    case DASH: {
      const dash = dashOf(source, at);
      return dash === undefined ? at + 1 : replaceUnit(writer, at, { kind: 'homoglyph', text: dash });
    }
    default:
      return at + 1;
  }
}

function replaceUnit(writer: FoldWriter, at: number, by: { kind: Decoding; text: string }): number {
  writer.replace(by.kind, { start: at, end: at + 1 }, by.text);
  return at + 1;
}

function nextIsMark(source: string, at: number): boolean {
  const next = source.charCodeAt(at + 1);
  return next >= 0x300 && classOf(next) === MARK;
}

/** Bases beyond ASCII take their marks along when they are met; an ASCII one is met before its marks are. */
function canBear(unit: number): boolean {
  return unit > 32 && unit < 0x80;
}

/**
 * A base with the marks after it, normalised together. On an ASCII base, marks that don't compose are decoration that
 * hides the letter, and go; on other bases they are how the script is written, and stay.
 */
export function foldCluster(writer: FoldWriter, start: number, marksFrom: number): number {
  const { source } = writer;
  let end = marksFrom;
  while (end < source.length && source.charCodeAt(end) >= 0x300 && classOf(source.charCodeAt(end)) === MARK) end++;
  const kept = source.slice(start, Math.min(end, start + MAX_CLUSTER_UNITS));
  let text = kept.normalize('NFKC');
  if (text.charCodeAt(0) < 0x80) text = text.replace(DECORATION, '');
  // A base that stays as it was is no part of the edit: what ended with it before its marks came still does.
  const from = text.charCodeAt(0) === source.charCodeAt(start) && marksFrom === start + 1 ? marksFrom : start;
  const folded = text.slice(from - start);
  if (folded !== source.slice(from, end)) writer.replace('nfkc', { start: from, end }, folded);
  return end;
}

const DECORATION = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;

/** A run of variation selectors: removed, and read as bytes where it is long enough to carry any. */
export function foldSelectors(writer: FoldWriter, start: number): number {
  const { source } = writer;
  const bytes: number[] = [];
  let at = start;
  while (at < source.length) {
    const point = source.codePointAt(at) ?? 0;
    const byte = selectorByte(point);
    if (byte < 0) {
      if (!(point >= 0x180b && point <= 0x180d)) break;
    } else bytes.push(byte);
    at += point > 0xffff ? 2 : 1;
  }
  const text = bytes.length < 3 ? '' : Buffer.from(bytes).toString('utf8');
  if (text !== '' && !UNREADABLE.test(text)) {
    writer.hidden.push({ kind: 'variation-selector', text, start, end: at });
  }
  writer.replace('variation-selector', { start, end: at }, '');
  return at;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that decode to controls are not a text
const UNREADABLE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/;
