import { readAsset } from './read-asset.ts';

/** Common English words, and those that orders to a model are made of, in lower case. */
const WORDS: ReadonlySet<string> = new Set(
  Object.values(readAsset('english-words.json') as Record<string, string>).flatMap((list) => list.split(' ')),
);
const LONGEST = Math.max(...[...WORDS].map(({ length }) => length));
/** What a known word costs in a row of letters, and a letter of none. */
const WORD_COST = 1;
const LETTER_COST = 2;

/** @param word in lower case */
export function isEnglishWord(word: string): boolean {
  return WORDS.has(word);
}

/** Letters of the shortest word that says that a text is English: shorter ones stand in any text. */
const MIN_TELLING_CHARS = 3;
/** Words that are looked at to tell whether a text is English. */
const MAX_TELLING_WORDS = 200;

/** English words among the first of a text. Cost: bounded. */
export function englishWordsIn(text: string): number {
  let count = 0;
  let looked = 0;
  for (const [word] of text.matchAll(/[a-z]{3,24}/gi)) {
    looked += 1;
    if (looked > MAX_TELLING_WORDS) break;
    if (word.length >= MIN_TELLING_CHARS && WORDS.has(word.toLowerCase())) count += 1;
  }
  return count;
}

/**
 * Where words begin in letters that were written without spaces, ascending: the reading with the fewest letters outside
 * of known words, and the fewest words. Cost: O(letters), some 20 look-ups each.
 */
export function wordStartsIn(letters: string): readonly number[] {
  const n = letters.length;
  const lower = letters.toLowerCase();
  const costs = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(n + 1);
  const known = new Uint8Array(n + 1);
  costs[0] = 0;
  for (let at = 0; at < n; at += 1) {
    const here = costs[at] as number;
    const take = (end: number, cost: number, isWord: number) => {
      if (here + cost >= (costs[end] as number)) return;
      costs[end] = here + cost;
      from[end] = at;
      known[end] = isWord;
    };
    take(at + 1, LETTER_COST, 0);
    for (let end = at + 1; end <= Math.min(n, at + LONGEST); end += 1) {
      if (WORDS.has(lower.slice(at, end))) take(end, WORD_COST, 1);
    }
  }
  const starts: number[] = [];
  for (let end = n; end > 0; end = from[end] as number) {
    const start = from[end] as number;
    // Letters outside of words stay together.
    if (known[end] === 1 || known[start] === 1 || start === 0) starts.push(start);
  }
  return starts.reverse();
}
