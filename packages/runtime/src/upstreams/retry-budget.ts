/** Retries that are always allowed within `BUDGET_WINDOW_MS`: a share of few exchanges would be none. */
export const BUDGET_FLOOR = 3;
/** Exchanges and retries that count as recent, milliseconds. */
export const BUDGET_WINDOW_MS = 10_000;

const SLOTS = 10;
const SLOT_MS = BUDGET_WINDOW_MS / SLOTS;

interface Slot {
  number: number;
  exchanges: number;
  retries: number;
}

/** How many retries a route may make: a share of its recent exchanges, so that a provider in trouble isn't pushed deeper. */
export class RetryBudget {
  readonly #share: number;
  readonly #nowMs: () => number;
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({ number: -1, exchanges: 0, retries: 0 }));

  /** @param percent of the recent exchanges, 0..100 */
  constructor(percent: number, nowMs: () => number) {
    this.#share = percent / 100;
    this.#nowMs = nowMs;
  }

  /** Counts an exchange. */
  exchange(): void {
    this.#slot().exchanges += 1;
  }

  /** Whether one more retry is within the budget. */
  allows(): boolean {
    const oldest = this.#number() - SLOTS;
    let [exchanges, retries] = [0, 0];
    for (const slot of this.#slots) {
      if (slot.number <= oldest) continue;
      exchanges += slot.exchanges;
      retries += slot.retries;
    }
    return retries < BUDGET_FLOOR + exchanges * this.#share;
  }

  /** Counts a retry. */
  spend(): void {
    this.#slot().retries += 1;
  }

  #number(): number {
    return Math.floor(this.#nowMs() / SLOT_MS);
  }

  #slot(): Slot {
    const number = this.#number();
    const slot = this.#slots[number % SLOTS] ?? { number, exchanges: 0, retries: 0 };
    if (slot.number !== number) Object.assign(slot, { number, exchanges: 0, retries: 0 });
    return slot;
  }
}
