const WORD = /[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)?/gu;
const APOSTROPHE = /['’]\p{L}+$/u;
/** Longest word that is read; of a longer one the beginning is. Characters. */
const WORD_MAX_CHARS = 32;

/** The words of a text as the profile compares them: small letters, without the endings of English inflection. */
export function stemsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(WORD) ?? [];
  return words.map((word) => stemOf(word.replace(APOSTROPHE, '').slice(0, WORD_MAX_CHARS)));
}

/** Crude on purpose: what it does to a word it does to all words alike. */
export function stemOf(word: string): string {
  if (word.length <= 3 || word.endsWith('ss')) return word;
  if (word.length === 4) return word.endsWith('s') ? word.slice(0, 3) : word;
  let stem = word;
  if (word.endsWith('ies')) stem = `${word.slice(0, -3)}y`;
  else if (word.endsWith('ing') && word.length > 5) stem = word.slice(0, -3);
  else if (word.endsWith('ed') || word.endsWith('es')) stem = word.slice(0, -2);
  else if (word.endsWith('s')) stem = word.slice(0, -1);
  return stem.length > 4 && stem.endsWith('e') ? stem.slice(0, -1) : stem;
}
