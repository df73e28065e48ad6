import type { StopSignal } from '@sallyport/core';

/** Questions that wait for their turn; beyond, further ones are not let wait. */
const TURNS_WAITING_MAX = 256;

/** Lets so many in at a time; others wait for their turn, first come, first served. */
export class Turnstile {
  #free: number;
  #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves with how to leave; with nothing when too many wait, or the signal came first. */
  async enter(signal: StopSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined;
    if (this.#free > 0) {
      this.#free -= 1;
      return () => this.#leave();
    }
    if (this.#waiting.length >= TURNS_WAITING_MAX) return undefined;
    return new Promise((resolve) => {
      const turn = () => {
        signal.removeEventListener('abort', stop);
        resolve(() => this.#leave());
      };
      const stop = () => {
        this.#waiting = this.#waiting.filter((other) => other !== turn);
        resolve(undefined);
      };
      this.#waiting.push(turn);
      signal.addEventListener('abort', stop);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
