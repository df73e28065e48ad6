/** Names that are known of one series and kind; beyond, nothing is new any more. */
export const SEEN_NAMES_MAX = 256;

export interface SeenName {
  /** Exchanges in which it came: of those in a row in the same one, one counts. */
  count: number;
  /** When it came first, milliseconds since 1970, and in which exchange. */
  readonly firstMs: number;
  readonly exchange: string;
  lastExchange: string;
}

/** Which names came, and in how many exchanges. */
export class SeenNames {
  readonly #names = new Map<string, SeenName>();
  #count = 0;
  #isFull = false;

  /** Names that came in all, each as often as it did. */
  get count(): number {
    return this.#count;
  }

  /** Some names are not known. */
  get isFull(): boolean {
    return this.#isFull;
  }

  add(name: string, atMs: number, exchange: string): void {
    this.#count += 1;
    const known = this.#names.get(name);
    if (known !== undefined) {
      if (known.lastExchange !== exchange) known.count += 1;
      known.lastExchange = exchange;
    } else if (this.#names.size < SEEN_NAMES_MAX) {
      this.#names.set(name, { count: 1, firstMs: atMs, exchange, lastExchange: exchange });
    } else this.#isFull = true;
  }

  names(): ReadonlyMap<string, SeenName> {
    return this.#names;
  }
}
