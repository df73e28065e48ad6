/** Characters of one gram: shorter repetitions are nobody's words. */
const GRAM_CHARS = 24;
/** Of so many neighbouring grams, the smallest hash is kept. */
const WINDOW_GRAMS = 12;
/** Places of a ring that a window fits in: a power of two, so that a place is a mask away. */
const RING = 16;
const PLACE = RING - 1;
const BASE = 0x01000193;
const HIGHEST_BIT = 0x80000000 | 0;

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
  const { length } = text;
  // A window that moves by one keeps at most one new gram: fewer of them than characters.
  const kept = new Uint32Array(Math.max(0, length - SHARED_RUN_CHARS + 1));
  let count = 0;
  let last = -1;
  let smallest = -1;
  let hash = 0;
  // With their highest bit turned, hashes compare as signed numbers like the unsigned ones that they are.
  const ring = new Int32Array(RING);
  for (let at = 0; at < length; at++) {
    hash = (Math.imul(hash, BASE) + text.charCodeAt(at)) | 0;
    if (at >= GRAM_CHARS) hash = (hash - Math.imul(text.charCodeAt(at - GRAM_CHARS), LEAVING)) | 0;
    const gram = at - GRAM_CHARS + 1;
    if (gram < 0) continue;
    const turned = hash ^ HIGHEST_BIT;
    ring[gram & PLACE] = turned;
    if (gram < WINDOW_GRAMS - 1) continue;
    if (smallest <= gram - WINDOW_GRAMS) smallest = smallestIn(ring, gram);
    else if (turned <= (ring[smallest & PLACE] as number)) smallest = gram;
    if (smallest === last) continue;
    kept[count++] = (ring[smallest & PLACE] as number) ^ HIGHEST_BIT;
    last = smallest;
  }
  return kept.slice(0, count);
}

/** The rightmost of the smallest hashes among the grams that end with `last`. */
function smallestIn(ring: Int32Array, last: number): number {
  let smallest = last;
  let least = ring[last & PLACE] as number;
  for (let gram = last - 1; gram > last - WINDOW_GRAMS; gram--) {
    const hash = ring[gram & PLACE] as number;
    if (hash >= least) continue;
    smallest = gram;
    least = hash;
  }
  return smallest;
}
