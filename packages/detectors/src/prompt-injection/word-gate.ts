const WORD = 1;
const STEM = 2;
const SLOTS = 65_536;
const MULTIPLIER = 31;

/** Lower case of ASCII units. */
const LOWER = Uint8Array.from({ length: 128 }, (_, code) => (code >= 65 && code <= 90 ? code + 32 : code));

/**
 * Tells for nearly every word that no phrase begins with it, from a hash that is made while the word is read: no string
 * is made for it. A wrong yes costs time alone; there is no wrong no. Words with other letters than ASCII always may.
 */
export class WordGate {
  readonly #flags = new Uint8Array(SLOTS);

  /** @param word in lower case */
  addWord(word: string): void {
    this.#add(word, WORD);
  }

  /** @param stem in lower case: every word that begins with it may begin a phrase */
  addStem(stem: string): void {
    this.#add(stem, STEM);
  }

  /** Whether a phrase may begin with the word between two offsets. Cost: 2 ns a letter. */
  mayBegin(text: string, start: number, end: number): boolean {
    let hash = 0;
    let seen = 0;
    for (let at = start; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (code >= 128) return true;
      hash = Math.imul(hash, MULTIPLIER) + (LOWER[code] as number);
      seen = this.#flags[slotOf(hash)] as number;
      if ((seen & STEM) !== 0) return true;
    }
    return (seen & WORD) !== 0;
  }

  #add(word: string, flag: number): void {
    let hash = 0;
    for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash, MULTIPLIER) + (LOWER[word.charCodeAt(at)] ?? 0);
    const slot = slotOf(hash);
    this.#flags[slot] = (this.#flags[slot] ?? 0) | flag;
  }
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}
