/** Milliseconds of a window. */
const HOUR_MS = 3_600_000;

/** Tokens that questions may take within an hour of the clock: reserved before, settled after. */
export class TokenMeter {
  readonly #max: number;
  readonly #nowMs: () => number;
  #window = -1;
  #used = 0;

  /** @param nowMs milliseconds since 1970 */
  constructor(maxTokensPerHour: number, nowMs: () => number) {
    this.#max = maxTokensPerHour;
    this.#nowMs = nowMs;
  }

  /** @returns how to put what was really used in the place of the estimate; nothing where there is no room */
  reserve(tokens: number): ((used: number) => void) | undefined {
    const window = Math.floor(this.#nowMs() / HOUR_MS);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    if (this.#used + tokens > this.#max) return undefined;
    this.#used += tokens;
    return (used) => {
      // Of an hour that is over nothing is counted any more.
      if (window === this.#window) this.#used += used - tokens;
    };
  }
}
