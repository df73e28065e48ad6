/** What was counted and summed in each part of a period. */
export class Course {
  /** Observations. */
  readonly counts: Float64Array;
  /** Sums of what was observed. */
  readonly sums: Float64Array;
  #squares = 0;

  constructor(buckets: number) {
    this.counts = new Float64Array(buckets);
    this.sums = new Float64Array(buckets);
  }

  /** @param times so many of the same */
  add(bucket: number, value: number, times = 1): void {
    this.counts[bucket] = (this.counts[bucket] ?? 0) + times;
    this.sums[bucket] = (this.sums[bucket] ?? 0) + value * times;
    this.#squares += value * value * times;
  }

  get count(): number {
    return total(this.counts);
  }

  get mean(): number {
    return this.count === 0 ? 0 : total(this.sums) / this.count;
  }

  get variance(): number {
    return this.count === 0 ? 0 : Math.max(0, this.#squares / this.count - this.mean ** 2);
  }
}

export function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
