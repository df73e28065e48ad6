import type { AuditRecord } from '@sallyport/core';

/** Records that wait at most; further ones are counted and left out. */
export const WAITING_MAX = 4_096;
/** Records that are taken in one turn of the event loop: some two milliseconds. */
export const TAKEN_PER_TURN = 64;

export interface QueueParts {
  readonly take: (record: AuditRecord) => void;
  /** Runs something when the event loop has its next turn. */
  readonly defer: (run: () => void) => void;
}

/** Records on their way to monitoring or to other systems: whoever writes them waits for neither. */
export class RecordQueue {
  readonly #parts: QueueParts;
  #waiting: AuditRecord[] = [];
  #next = 0;
  #dropped = 0;
  #isDue = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Records that were left out in all. */
  get dropped(): number {
    return this.#dropped;
  }

  push(record: AuditRecord): void {
    if (this.#waiting.length - this.#next >= WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(record);
    this.#due();
  }

  /** Takes all that waits, now. */
  drain(): void {
    while (this.#next < this.#waiting.length) this.#takeSome();
  }

  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#parts.defer(() => this.#turn());
  }

  #turn(): void {
    this.#isDue = false;
    this.#takeSome();
    if (this.#waiting.length > 0) this.#due();
  }

  #takeSome(): void {
    const until = Math.min(this.#waiting.length, this.#next + TAKEN_PER_TURN);
    // What throws is not taken again.
    while (this.#next < until) this.#parts.take(this.#waiting[this.#next++] as AuditRecord);
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    } else if (this.#next >= WAITING_MAX) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }
}
