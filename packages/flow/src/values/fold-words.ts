import { isAscii } from './ascii-twin.ts';

/** Words are runs of letters, digits and marks; in scripts that put no spaces between words, each character is one. */
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{N}\p{M}])+/gu;
const ASCII_WORD = /[a-z0-9]+/g;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const MARKS = /\p{M}+/gu;

/**
 * The words of a text, without case, compatibility forms (NFKC) and invisible characters: two texts of the same strict words
 * name the same thing. Cost: O(length).
 */
export function strictWords(text: string): readonly string[] {
  if (isAscii(text)) return text.toLowerCase().match(ASCII_WORD) ?? [];
  return text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().match(WORD) ?? [];
}

/** Like `strictWords`, without accents as well: what a person, or a model, may write for the same. Cost: O(length). */
export function looseWords(text: string): readonly string[] {
  if (isAscii(text)) return text.toLowerCase().match(ASCII_WORD) ?? [];
  const bare = text.normalize('NFKD').replace(INVISIBLE, '').replace(MARKS, '');
  return bare.normalize('NFKC').toLowerCase().match(WORD) ?? [];
}

/** Words as one text, each between spaces, so that a phrase is found by `includes` and only on boundaries. */
export function phraseOf(words: readonly string[]): string {
  return words.length === 0 ? '' : ` ${words.join(' ')} `;
}
