/** Milliseconds of a window, where nothing else is said. */
const HOUR_MS = 3_600_000;

/** Tokens that questions of our own may take within a window of the clock, such as an hour of it: reserved before, settled after. */
export class TokenMeter {
  readonly #max: number;
  readonly #nowMs: () => number;
  readonly #windowMs: number;
  #window = -1;
  #used = 0;

  /** @param nowMs milliseconds since 1970 */
  constructor(maxTokens: number, nowMs: () => number, windowMs = HOUR_MS) {
    this.#max = maxTokens;
    this.#windowMs = windowMs;
    this.#nowMs = nowMs;
  }

  /** @returns how to put what was really used in the place of the estimate; nothing where there is no room */
  reserve(tokens: number): ((used: number) => void) | undefined {
    const window = Math.floor(this.#nowMs() / this.#windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    if (this.#used + tokens > this.#max) return undefined;
    this.#used += tokens;
    return (used) => {
      // Of a window that is over nothing is counted any more.
      if (window === this.#window) this.#used += used - tokens;
    };
  }
}
