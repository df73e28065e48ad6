/** What is recorded at once, and per second afterwards. */
export interface RateBound {
  readonly burst: number;
  readonly perSecond: number;
}

/** Bounds how often something is recorded that anybody can bring about: beyond a rate it is counted. */
export class RecordRate {
  readonly #bound: RateBound;
  readonly #nowMs: () => number;
  #left: number;
  #lastMs: number;
  #suppressed = 0;

  /** @param nowMs milliseconds of a clock that only goes forward */
  constructor(bound: RateBound, nowMs: () => number) {
    this.#bound = bound;
    this.#nowMs = nowMs;
    this.#left = bound.burst;
    this.#lastMs = nowMs();
  }

  /** @returns how many were counted since the last one that may be recorded, or nothing where this one is counted too */
  take(): { readonly suppressed: number } | undefined {
    const { burst, perSecond } = this.#bound;
    const nowMs = this.#nowMs();
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#lastMs) / 1_000) * perSecond);
    this.#lastMs = nowMs;
    if (this.#left < 1) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#left -= 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return { suppressed };
  }
}
