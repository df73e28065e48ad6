const MINUTE_MS = 60_000;

/** So many a minute, and no more at once. */
export class TokenBucket {
  readonly #perMinute: number;
  readonly #nowMs: () => number;
  #left: number;
  #lastMs: number;

  /** @param nowMs milliseconds of a clock that only goes forward */
  constructor({ perMinute }: { readonly perMinute: number }, nowMs: () => number) {
    this.#perMinute = perMinute;
    this.#nowMs = nowMs;
    this.#left = perMinute;
    this.#lastMs = nowMs();
  }

  /** Milliseconds until there is one to take; 0 where there is one now. */
  get waitMs(): number {
    const nowMs = this.#nowMs();
    this.#left = Math.min(this.#perMinute, this.#left + ((nowMs - this.#lastMs) / MINUTE_MS) * this.#perMinute);
    this.#lastMs = nowMs;
    // What adds up in parts is a little less than whole.
    return this.#left >= 1 - 1e-9 ? 0 : Math.ceil(((1 - this.#left) / this.#perMinute) * MINUTE_MS - 1e-6);
  }

  take(): void {
    this.#left -= 1;
  }
}
