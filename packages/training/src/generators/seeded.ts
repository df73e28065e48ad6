const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const STEP = 0x6d2b79f5;
const UINT32 = 2 ** 32;

/** What is drawn by chance: a function of the seed and of nothing else. Not for secrets. */
export class Seeded {
  #state: number;

  constructor(seed: string) {
    let hash = FNV_OFFSET;
    for (let at = 0; at < seed.length; at += 1) hash = Math.imul(hash ^ seed.charCodeAt(at), FNV_PRIME);
    this.#state = hash >>> 0;
  }

  /** A number of 0..`below` - 1 (mulberry32, Tommy Ettinger, public domain). */
  below(below: number): number {
    this.#state = (this.#state + STEP) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / UINT32) * below);
  }

  /** True in `share` (0..1) of all draws. */
  happens(share: number): boolean {
    return this.below(1_000_000) < share * 1_000_000;
  }

  /** @throws {RangeError} when there is nothing to pick from */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
