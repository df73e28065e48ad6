import { BoundedCache } from '@sallyport/core';

/** Guesses that one address may make at once, and how long it waits for each further one, milliseconds. */
export const GUESSES_BURST = 10;
export const GUESS_EVERY_MS = 6_000;
/** Addresses that are remembered. */
const ADDRESSES_MAX = { maxEntries: 10_000, maxWeight: 10_000 };

interface Guesses {
  readonly left: number;
  readonly atMs: number;
}

/** Bounds how often somebody may be wrong about a secret that people chose, by where they ask from. */
export class GuessLimit {
  readonly #nowMs: () => number;
  readonly #known = new BoundedCache<Guesses>(ADDRESSES_MAX);

  /** @param nowMs milliseconds of a clock that only goes forward */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether a guess from there is looked at. */
  mayGuess(address: string): boolean {
    return this.#left(address) >= 1;
  }

  wrong(address: string): void {
    this.#known.set(address, { left: Math.max(0, this.#left(address) - 1), atMs: this.#nowMs() }, 1);
  }

  #left(address: string): number {
    const known = this.#known.get(address);
    if (known === undefined) return GUESSES_BURST;
    return Math.min(GUESSES_BURST, known.left + (this.#nowMs() - known.atMs) / GUESS_EVERY_MS);
  }
}
