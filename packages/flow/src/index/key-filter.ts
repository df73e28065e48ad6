/** No filter is smaller, so that each can be folded into as many columns of a block. */
export const COLUMNS = 4_096;
const SMALLEST_BITS = COLUMNS;
const LARGEST_BITS = 262_144;
/** Bits for each key: with two of them set, one key in 60 or so that isn't there looks as if it were. */
const BITS_PER_KEY = 16;

/** FNV-1a over UTF-16 units, 32 bits: where it begins, and how it goes on. */
export const HASH_START = 0x811c9dc5;

export function hashNext(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

export function hashOf(key: string): number {
  let hash = HASH_START;
  for (let at = 0; at < key.length; at++) hash = hashNext(hash, key.charCodeAt(at));
  return hash >>> 0;
}

/** Says of a key that it is certainly not in a set, or may be (Bloom). Asking costs a few nanoseconds and no memory. */
export class KeyFilter {
  readonly #words: Uint32Array;
  readonly #mask: number;

  /** @param hashes of all keys of the set; repetitions are fine */
  constructor(hashes: readonly number[]) {
    let bits = SMALLEST_BITS;
    while (bits < hashes.length * BITS_PER_KEY && bits < LARGEST_BITS) bits *= 2;
    this.#words = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
    for (const hash of hashes) {
      this.#set(hash);
      this.#set(second(hash));
    }
  }

  /** An estimate of its size, in characters. */
  get weight(): number {
    return this.#words.length * 2;
  }

  mayHave(hash: number): boolean {
    return this.#has(hash) && this.#has(second(hash));
  }

  /** Calls back with each column that a key of the set may set, some of them twice. */
  eachColumn(take: (column: number) => void): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at++) {
      for (let left = words[at] as number; left !== 0; left &= left - 1)
        take((at * 32 + 31 - Math.clz32(left & -left)) & (COLUMNS - 1));
    }
  }

  #has(hash: number): boolean {
    const bit = hash & this.#mask;
    return (((this.#words[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1;
  }

  #set(hash: number): void {
    const bit = hash & this.#mask;
    this.#words[bit >>> 5] = (this.#words[bit >>> 5] as number) | (1 << (bit & 31));
  }
}

function second(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 13;
}

/** The two columns of a block that a key sets. */
export function columnsOf(hash: number): readonly [number, number] {
  return [hash & (COLUMNS - 1), second(hash) & (COLUMNS - 1)];
}
