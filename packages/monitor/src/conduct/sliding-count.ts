/**
 * How much came within a time that slides, of two numbers: of the part before, as much counts as the window still reaches into it. A clock that goes back
 * adds to the newest part; by more than a window, it starts anew.
 */
export class SlidingCount {
  #part = Number.NEGATIVE_INFINITY;
  #now = 0;
  #before = 0;

  /** @param windowMs milliseconds, the same at every call @returns what the window holds then */
  add(count: number, atMs: number, windowMs: number): number {
    this.#move(atMs, windowMs);
    this.#now += count;
    return this.at(atMs, windowMs);
  }

  at(atMs: number, windowMs: number): number {
    this.#move(atMs, windowMs);
    const gone = Math.min(1, Math.max(0, atMs / windowMs - this.#part));
    return this.#now + this.#before * (1 - gone);
  }

  #move(atMs: number, windowMs: number): void {
    const part = Math.floor(atMs / windowMs);
    if (part === this.#part || part === this.#part - 1) return;
    this.#before = part === this.#part + 1 ? this.#now : 0;
    this.#now = 0;
    this.#part = part;
  }
}
