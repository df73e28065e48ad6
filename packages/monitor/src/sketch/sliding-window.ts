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

  /** Adds all that this window holds to another one of the same shape, each slot to the one of its time. */
  addTo(other: SlidingWindow<T>, merge: (into: T, from: T) => void): void {
    for (const { number, content } of this.#kept) {
      const into = other.#slotOf(number);
      if (into !== undefined) merge(into, content);
    }
  }

  /** Nothing where the slot has left the window. */
  #slotOf(number: number): T | undefined {
    const newest = this.#kept.at(-1);
    if (newest !== undefined && number <= newest.number - this.#shape.slots) return undefined;
    const known = this.#kept.find((kept) => kept.number === number);
    if (known !== undefined) return known.content;
    const slot = { number, content: this.#open() };
    const oldest = Math.max(number, newest?.number ?? number) - this.#shape.slots;
    this.#kept = [...this.#kept.filter((kept) => kept.number > oldest), slot].sort((a, b) => a.number - b.number);
    return slot.content;
  }
}
