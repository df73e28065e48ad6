export interface RestartPolicy {
  /** Milliseconds before the first new start. */
  readonly firstMs: number;
  /** Longest wait; who ran for longer than this begins anew. */
  readonly maxMs: number;
  /** New starts, one after the other. */
  readonly tries: number;
}

/** When a process that ended is started again. */
export class RestartPlan {
  readonly #policy: RestartPolicy;
  readonly #random: () => number;
  #starts = 0;

  /** @param random in [0,1) */
  constructor(policy: RestartPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /**
   * The process ended after it had run for `ranMs`.
   * @returns milliseconds to wait, half of them drawn at random, so that many that end together don't start together;
   * undefined: it is not started again
   */
  next(ranMs: number): number | undefined {
    const { firstMs, maxMs, tries } = this.#policy;
    if (ranMs > maxMs) this.#starts = 0;
    if (this.#starts >= tries) return undefined;
    const longestMs = Math.min(maxMs, firstMs * 2 ** this.#starts);
    this.#starts += 1;
    return longestMs / 2 + (longestMs / 2) * this.#random();
  }
}
