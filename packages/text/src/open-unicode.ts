import { isAsciiLetter } from './ascii.ts';
import { CONFUSABLE, classOf, MARK, SELECTOR, ZERO_WIDTH } from './char-class.ts';
import { isWordPart } from './fold-word.ts';

/** Units that the end of a text is searched for the start of a cluster, a hidden run or a word that is still open. */
const MAX_OPEN_UNITS = 256;

/** Letters and signs that a combining mark turns into others. */
function isComposing(unit: number): boolean {
  return isAsciiLetter(unit) || unit === 60 || unit === 61 || unit === 62;
}

/**
 * Offset from which the end of `text` may read otherwise once more text follows: an unfinished cluster, hidden run or
 * word with look-alikes. `text.length` when nothing is open. Cost: bounded.
 */
export function openUnicodeFrom(text: string): number {
  const n = text.length;
  if (n === 0) return 0;
  let open = n;
  const last = text.charCodeAt(n - 1);
  if (last >= 0x80) open = openClusterFrom(text);
  else if (isComposing(last)) open = n - 1;
  return Math.min(open, openWordFrom(text));
}

/** Start of the invisible units, marks and surrogates at the end, with the character that they hang on. */
function openClusterFrom(text: string): number {
  const floor = Math.max(0, text.length - MAX_OPEN_UNITS);
  let at = text.length - 1;
  while (at > floor && hangs(text.charCodeAt(at))) at--;
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff && at > 0 ? at - 1 : at;
}

/** Marks, invisible units, and both halves of tags and supplementary selectors. */
function hangs(unit: number): boolean {
  if (unit < 0x80) return false;
  if (unit === 0xdb40 || (unit >= 0xdc00 && unit <= 0xddef)) return true;
  const kind = classOf(unit);
  return kind === MARK || (kind >= ZERO_WIDTH && kind <= SELECTOR);
}

/** Start of a word with look-alikes that ends within two units of the end: what follows may show it as a disguise. */
function openWordFrom(text: string): number {
  const n = text.length;
  for (let at = n - 1; at >= Math.max(0, n - 2); at--) {
    let disguised = false;
    let start = at;
    for (; start >= 0 && at - start < MAX_OPEN_UNITS && isWordPart(text.charCodeAt(start)); start--) {
      disguised ||= text.charCodeAt(start) >= 0x80 && classOf(text.charCodeAt(start)) === CONFUSABLE;
    }
    if (disguised) return start + 1;
  }
  return n;
}
