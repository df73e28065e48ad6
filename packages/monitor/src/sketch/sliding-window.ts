export interface WindowShape {
  /** Slots that the window has, 1.. */
  readonly slots: number;
  /** Of one slot, milliseconds. */
  readonly slotMs: number;
}

interface Slot<T> {
  readonly number: number;
  readonly content: T;
}

/**
 * The last so many slots of time, each with what was gathered in it. A clock that goes back adds to the newest slot.
 * @typeParam T what one slot gathers
 */
export class SlidingWindow<T> {
  readonly #shape: WindowShape;
  readonly #open: () => T;
  #kept: Slot<T>[] = [];

  constructor(shape: WindowShape, open: () => T) {
    this.#shape = shape;
    this.#open = open;
  }

  /** The slot of now, to be added to. @param nowMs milliseconds, not before those that were given earlier */
  current(nowMs: number): T {
    const newest = this.#kept.at(-1);
    const number = Math.max(Math.floor(nowMs / this.#shape.slotMs), newest?.number ?? Number.NEGATIVE_INFINITY);
    if (newest?.number === number) return newest.content;
    const slot = { number, content: this.#open() };
    this.#kept = [...this.#kept.filter((kept) => kept.number > number - this.#shape.slots), slot];
    return slot.content;
  }

  /** What the window holds now, oldest first. */
  contents(nowMs: number): readonly T[] {
    const oldest = Math.floor(nowMs / this.#shape.slotMs) - this.#shape.slots + 1;
    return this.#kept.filter(({ number }) => number >= oldest).map(({ content }) => content);
  }
}
