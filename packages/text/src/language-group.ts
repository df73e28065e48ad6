import type { LanguageGroup } from '@sallyport/core';

const BEYOND_LATIN = /[\u0250-\uffff]/;

/**
 * What most letters of a text belong to; `latin` where it has none. Two-byte letters are counted by ranges of Unicode blocks.
 * Cost: nothing to speak of for a text in Latin-1, else about 1 us per KB.
 * Source of the ranges: Unicode 15.1, Blocks.txt.
 */
export function languageGroupOf(text: string): LanguageGroup {
  if (!BEYOND_LATIN.test(text)) return 'latin';
  let latin = 0;
  let cjk = 0;
  let other = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x250) latin += Number(isLatinLetter(unit));
    else if (isCjk(unit)) cjk += 1;
    else if (isOtherLetter(unit)) other += 1;
  }
  if (cjk > latin && cjk >= other) return 'cjk';
  return other > latin ? 'other' : 'latin';
}

function isLatinLetter(unit: number): boolean {
  const lower = unit | 32;
  return (lower >= 97 && lower <= 122) || unit >= 0xc0;
}

/** Kana, Bopomofo, Hangul and ideographs; of those beyond the first plane the high surrogate. */
function isCjk(unit: number): boolean {
  if (unit < 0x1100) return false;
  return (
    unit <= 0x11ff ||
    (unit >= 0x2e80 && unit <= 0x2fdf) ||
    (unit >= 0x3040 && unit <= 0x9fff) ||
    (unit >= 0xa960 && unit <= 0xa97f) ||
    (unit >= 0xac00 && unit <= 0xd7ff) ||
    (unit >= 0xd840 && unit <= 0xd88d) ||
    (unit >= 0xf900 && unit <= 0xfaff) ||
    (unit >= 0xff66 && unit <= 0xffdc)
  );
}

/** Of the rest: letters of scripts from Greek to Georgian and Khmer to Tibetan, and those of the later blocks. Signs lie between. */
function isOtherLetter(unit: number): boolean {
  if (unit >= 0x370 && unit < 0x1e00) return true;
  if (unit >= 0x1f00 && unit < 0x2000) return true;
  return (unit >= 0x2c00 && unit < 0x2e00) || (unit >= 0xa000 && unit < 0xac00) || (unit >= 0xfb1d && unit < 0xfe00);
}
