import { isAsciiDigit, isAsciiWord } from './ascii.ts';
import { classOf, isWordUnit, SELECTOR } from './char-class.ts';

/*
 * Characters that disguise text are also ordinary typography of some script. What decides is the unit right before and
 * right after, never more: a text that is cut elsewhere must read the same.
 */

const ZERO_WIDTH_JOINER = 0x200d;
const ZERO_WIDTH_NON_JOINER = 0x200c;
const EN_DASH = 0x2013;

/** Joiners between letters of scripts that are written with them, and between emoji. */
export function zeroWidthIsOrdinary(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit !== ZERO_WIDTH_JOINER && unit !== ZERO_WIDTH_NON_JOINER) return false;
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at + 1);
  if (joins(before) && joins(after)) return true;
  return unit === ZERO_WIDTH_JOINER && isPictorial(before) && isPictorial(after);
}

/** Arabic, Syriac, N'Ko and the Indic scripts up to Myanmar, Khmer and Mongolian. */
function joins(unit: number): boolean {
  return unit >= 0x0600 && unit <= 0x18af && isWordUnit(unit);
}

function isPictorial(unit: number): boolean {
  return (unit >= 0x2190 && unit <= 0x2bff) || (unit >= 0xd800 && unit <= 0xdfff) || unit === 0xfe0f;
}

/** One selector after an emoji, a keycap's base or an ideograph chooses how it is drawn. */
export function selectorIsOrdinary(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at + 1);
  if (after >= 0x80 && classOf(after) === SELECTOR) return false;
  if (after === 0xdb40) return false;
  const keycap = after === 0x20e3;
  return isPictorial(before) || keycap || before === 0xa9 || before === 0xae || isIdeographic(before) || isSign(before);
}

/** The rest of the characters that have an emoji form: exclamations, trade mark, information, circled letters. */
function isSign(unit: number): boolean {
  return unit === 0x203c || unit === 0x2049 || unit === 0x2122 || unit === 0x2139 || (unit >= 0x1800 && unit <= 0x18af);
}

function isIdeographic(unit: number): boolean {
  return (unit >= 0x2e80 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7af) || (unit >= 0xf900 && unit <= 0xfaff);
}

/** Full-width punctuation is a disguise only with text of another width on both sides. */
export function widePunctuationIsOrdinary(text: string, at: number): boolean {
  return !(isNarrowOrWideAscii(text.charCodeAt(at - 1)) && isNarrowOrWideAscii(text.charCodeAt(at + 1)));
}

function isNarrowOrWideAscii(unit: number): boolean {
  return (unit > 32 && unit < 0x7f) || (unit >= 0xff01 && unit <= 0xff5e);
}

/** French puts a no-break space inside quotation marks and before double punctuation. */
export function noBreakIsOrdinary(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before === 0xab || FRENCH_PUNCTUATION.has(text.charCodeAt(at + 1));
}

const FRENCH_PUNCTUATION = new Set([...':;!?%\u00bb\u20ac'].map((char) => char.charCodeAt(0)));

/** ASCII's hyphen for one of another block; an en dash counts between digits only. */
export function dashOf(text: string, at: number): string | undefined {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at + 1);
  if (text.charCodeAt(at) === EN_DASH) return isAsciiDigit(before) && isAsciiDigit(after) ? '-' : undefined;
  return isAsciiWord(before) || isAsciiWord(after) ? '-' : undefined;
}
