/**
 * Which of so many positions are in a sample, drawn without replacement: every sample of the size is as likely as any other, and
 * the same seed draws the same one. Asked for one position after the other. Source: D. E. Knuth, TAOCP 2, algorithm 3.4.2 S.
 */
export class SamplePositions {
  #left: number;
  #wanted: number;
  #state: number;

  /**
   * @param size 0.., how many are wanted; all where there are fewer
   * @param seed 0..2^32-1
   */
  constructor(total: number, size: number, seed: number) {
    this.#left = total;
    this.#wanted = Math.min(size, total);
    this.#state = seed >>> 0;
  }

  /** Whether the next position is in the sample. */
  next(): boolean {
    if (this.#left <= 0) return false;
    const taken = this.#random() * this.#left < this.#wanted;
    this.#left -= 1;
    if (taken) this.#wanted -= 1;
    return taken;
  }

  /** 0..1, exclusive; mulberry32, which is no source of secrets. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
