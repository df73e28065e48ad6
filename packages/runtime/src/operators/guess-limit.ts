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
    return this.#left(networkOf(address)) >= 1;
  }

  wrong(address: string): void {
    const network = networkOf(address);
    this.#known.set(network, { left: Math.max(0, this.#left(network) - 1), atMs: this.#nowMs() }, 1);
  }

  #left(network: string): number {
    const known = this.#known.get(network);
    if (known === undefined) return GUESSES_BURST;
    return Math.min(GUESSES_BURST, known.left + (this.#nowMs() - known.atMs) / GUESS_EVERY_MS);
  }
}

/** Groups of an IPv6 address, and those that one customer is given at least (RFC 6177, section 2): whoever has one address has them all. */
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The address itself for IPv4, also as IPv6 writes it. */
function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  if (!plain.includes(':') || plain.includes('.')) return plain.slice(plain.lastIndexOf(':') + 1);
  const [before = [], after = []] = plain.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS).join(':');
}
