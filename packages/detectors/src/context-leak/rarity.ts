import table from './common-words.json' with { type: 'json' };

const COMMON: ReadonlySet<string> = new Set(Object.values(table).flat());
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]/;

/** Worth of a word that everybody uses, of a single character, and of a character of a script without spaces. */
const COMMON_WORTH = 0.12;
const SINGLE_WORTH = 0.2;
const UNSPACED_WORTH = 0.4;

/** How many telling words a text holds: rare words count 1, common ones next to nothing. Cost: O(n). */
export function tellingWords(text: string): number {
  let worth = 0;
  for (const [word] of text.matchAll(WORD)) {
    if (UNSPACED.test(word)) worth += word.length * UNSPACED_WORTH;
    else if (word.length === 1) worth += SINGLE_WORTH;
    else worth += COMMON.has(word.toLowerCase()) ? COMMON_WORTH : 1;
  }
  return worth;
}
