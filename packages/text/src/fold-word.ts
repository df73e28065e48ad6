import type { Span } from '@sallyport/core';
import { isAsciiLetter, isAsciiWord } from './ascii.ts';
import { CONFUSABLE, classOf, isWordUnit, lookAlikeOf } from './char-class.ts';
import type { FoldWriter } from './fold-writer.ts';

/** Letters from which a word wholly of look-alikes is taken for a disguised one, when ASCII letters stand beside it. */
const MIN_DISGUISED_CHARS = 3;

/**
 * Handles the look-alike at `at` and returns where to go on. It is replaced when every letter of its word that is not
 * Latin is a look-alike, and the word has an ASCII letter, or one stands right beyond the separator before or after it.
 * Ordinary Cyrillic and Greek words hold letters that look like none, and stay. Cost: a word is looked at once.
 */
export function foldLookAlike(writer: FoldWriter, at: number): number {
  const { source } = writer;
  if (at >= writer.word.end) {
    const span = wordAround(source, at);
    writer.word = { end: span.end, disguised: isDisguised(source, span) };
  }
  const ascii = lookAlikeOf(source.charCodeAt(at));
  if (writer.word.disguised && ascii !== undefined) writer.replace('homoglyph', { start: at, end: at + 1 }, ascii);
  return at + 1;
}

/** The run of letters, digits and underscores of the basic plane around `at`. Units before `at` hold no look-alike. */
function wordAround(text: string, at: number): Span {
  let start = at;
  while (start > 0 && isWordPart(text.charCodeAt(start - 1))) start--;
  let end = at;
  while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
  return { start, end };
}

/** Letters, digits, marks and underscores of the basic plane. */
export function isWordPart(unit: number): boolean {
  return unit < 0x80 ? isAsciiWord(unit) || unit === 95 : isWordUnit(unit);
}

function isDisguised(text: string, { start, end }: Span): boolean {
  let ascii = false;
  let lookAlikes = 0;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) ascii ||= isAsciiLetter(unit);
    else if (classOf(unit) === CONFUSABLE) lookAlikes++;
    else if (!isLatin(unit)) return false;
  }
  if (ascii) return true;
  return lookAlikes >= MIN_DISGUISED_CHARS && (isLetterAt(text, start - 2) || isLetterAt(text, end + 1));
}

/** Latin letters beyond ASCII, and the compatibility forms that fold to it elsewhere. */
function isLatin(unit: number): boolean {
  return unit <= 0x24f || (unit >= 0x1e00 && unit <= 0x1eff) || (unit >= 0xff00 && unit <= 0xff5e);
}

function isLetterAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && isAsciiLetter(text.charCodeAt(at));
}
