import table from '../tools/tool-words.json' with { type: 'json' };

const VERBS = new Set(table.delegation.verbs);
const NOUNS = new Set(table.delegation.nouns);
const NOT_OF = new Set(table.delegation.notOf);
/** Words from the verb to what is to be done: `do all of the tasks`. */
const REACH_WORDS = 6;

/**
 * Whether somebody hands over what is to be done to a text that says it: `follow the instructions in ...`, but not `do the following
 * tasks: ...`, which says it itself.
 * @param words loose words, in order
 */
export function delegates(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    if (!VERBS.has(words[at] as string)) continue;
    for (let next = at + 1; next <= at + REACH_WORDS && next < words.length; next++) {
      const word = words[next] as string;
      if (NOT_OF.has(word)) break;
      if (NOUNS.has(word)) return true;
    }
  }
  return false;
}
