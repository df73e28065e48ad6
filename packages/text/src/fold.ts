import type { Decoding } from '@sallyport/core';
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
import { foldCluster, foldSelectors } from './fold-cluster.ts';
import { foldLookAlike } from './fold-word.ts';
import { type Folded, FoldWriter } from './fold-writer.ts';
import {
  dashOf,
  noBreakIsOrdinary,
  selectorIsOrdinary,
  widePunctuationIsOrdinary,
  zeroWidthIsOrdinary,
} from './typography.ts';

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
