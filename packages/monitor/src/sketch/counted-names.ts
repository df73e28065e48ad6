/** Under which names beyond the bound are counted together. */
export const OTHER = 'other';

/**
 * Counts by name in bounded memory: the names that come most, each with a count that is at most too low by what `other` has.
 * A name that is new takes the place of the rarest one when it could be as frequent; what that one had goes to `other`.
 * Source: after A. Metwally, D. Agrawal, A. El Abbadi, "Efficient Computation of Frequent and Top-k Elements", ICDT 2005; sums stay exact here.
 */
export class CountedNames {
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  #other = 0;
  #total = 0;

  /** @param max names that are told apart, 1.. */
  constructor(max: number) {
    this.#max = max;
  }

  get total(): number {
    return this.#total;
  }

  get size(): number {
    return this.#counts.size;
  }

  has(name: string): boolean {
    return this.#counts.has(name);
  }

  add(name: string, count = 1): void {
    this.#total += count;
    const known = this.#counts.get(name);
    if (known !== undefined || this.#counts.size < this.#max) this.#counts.set(name, (known ?? 0) + count);
    else this.#replaceRarest(name, count);
  }

  of(name: string): number {
    return name === OTHER ? this.#other + (this.#counts.get(OTHER) ?? 0) : (this.#counts.get(name) ?? 0);
  }

  merge(counted: CountedNames): void {
    for (const [name, count] of counted.#counts) this.add(name, count);
    this.#other += counted.#other;
    this.#total += counted.#other;
  }

  /** Counts by name, most frequent first, then `other` where there is any. */
  entries(): readonly (readonly [name: string, count: number])[] {
    const sorted = [...this.#counts]
      .filter(([name]) => name !== OTHER)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const other = this.of(OTHER);
    return other === 0 ? sorted : [...sorted, [OTHER, other]];
  }

  /** A flood of names that come once each drives nothing out that came more often. */
  #replaceRarest(name: string, count: number): void {
    let rarest: string | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [known, times] of this.#counts) {
      if (times < fewest) [rarest, fewest] = [known, times];
    }
    if (rarest === undefined || fewest > count) {
      this.#other += count;
      return;
    }
    this.#counts.delete(rarest);
    this.#other += fewest;
    this.#counts.set(name, count);
  }
}
