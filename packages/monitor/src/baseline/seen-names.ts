/** Names that are known of one series and kind; beyond, nothing is new any more. */
export const SEEN_NAMES_MAX = 256;

export interface SeenName {
  count: number;
  /** When it came first, milliseconds since 1970, and in which exchange. */
  readonly firstMs: number;
  readonly exchange: string;
}

/** Which names came, and how often. */
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
    if (known !== undefined) known.count += 1;
    else if (this.#names.size < SEEN_NAMES_MAX) this.#names.set(name, { count: 1, firstMs: atMs, exchange });
    else this.#isFull = true;
  }

  names(): ReadonlyMap<string, SeenName> {
    return this.#names;
  }
}
