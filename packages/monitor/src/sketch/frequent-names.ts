/**
 * Finds the names that come most in bounded memory: whatever comes in which order, each that makes up more than one in `max` + 1 is among them.
 * Source: J. Misra, D. Gries, "Finding repeated elements", Science of Computer Programming 2 (1982).
 */
export class FrequentNames {
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  #isWhole = true;

  /** @param max names that are kept, 1.. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Every name that came is there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  add(name: string): void {
    const known = this.#counts.get(name);
    if (known !== undefined || this.#counts.size < this.#max) this.#counts.set(name, (known ?? 0) + 1);
    else this.#takeOneOfEach();
  }

  /** Most frequent first, as far as is known. */
  names(): readonly string[] {
    return [...this.#counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
  }

  /** As often as it is done, `max` + 1 different names came. */
  #takeOneOfEach(): void {
    this.#isWhole = false;
    for (const [name, count] of this.#counts) {
      if (count === 1) this.#counts.delete(name);
      else this.#counts.set(name, count - 1);
    }
  }
}
