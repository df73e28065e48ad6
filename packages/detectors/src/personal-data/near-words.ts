/** How far before a number its word is looked for, unless told otherwise. */
export const CONTEXT_CHARS = 48;
/** Shorter words count only whole: `tel` is not in `telling`, while `phone` is in `phones`. */
const MIN_STEM_CHARS = 5;

/**
 * Compiles words of many languages into a test of what stands shortly before an offset. In the Latin alphabet a word
 * counts only from its beginning, in other scripts anywhere, since many of them write no spaces.
 */
export function nearWords(
  words: readonly string[],
  withinChars = CONTEXT_CHARS,
): (text: string, start: number) => boolean {
  const alternatives = words.map((word) => {
    const escaped = word.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (!/^[a-z\u00c0-\u024f ]+$/i.test(word)) return escaped;
    return `(?<!\\p{L})${escaped}${word.length < MIN_STEM_CHARS ? '(?!\\p{L})' : ''}`;
  });
  const pattern = new RegExp(alternatives.join('|'), 'u');
  return (text, start) => pattern.test(text.slice(Math.max(0, start - withinChars), start).toLowerCase());
}
