import type { LaneBook, LaneOpening, LaneState, PartPlace } from './lane-book.ts';

export interface ListedText {
  readonly text: string;
  readonly place: PartPlace;
}

interface Known {
  readonly lane: LaneState;
  readonly texts: readonly string[];
  /** Where each text begins in the lane. */
  readonly offsets: readonly number[];
}

/**
 * Values of which an answer tells all texts once more, such as the request's own tools: they share one lane, a line each, and
 * the next time they are its echoes. So what is said three times is looked at once.
 */
export class ListedTexts {
  readonly #book: LaneBook;
  readonly #known = new Map<string, Known>();

  constructor(book: LaneBook) {
    this.#book = book;
  }

  /** All texts of a value, in document order. What differs from the last time in anything is new as a whole. */
  add(opening: LaneOpening, texts: readonly ListedText[]): void {
    if (texts.length === 0) return;
    const known = this.#known.get(opening.id);
    if (known !== undefined && isSame(known, texts)) {
      for (const [at, { text, place }] of texts.entries()) {
        this.#book.echo(known.lane, { text, from: known.offsets[at] ?? 0 }, place);
      }
      return;
    }
    const lane = this.#book.lane({ ...opening, accompanies: true });
    const offsets = texts.map(({ text, place }) => {
      const from = lane.length;
      this.#book.text(lane, text, place);
      this.#book.text(lane, '\n', { kind: 'context' });
      return from;
    });
    this.#book.close((each) => each === lane);
    this.#known.set(opening.id, { lane, texts: texts.map(({ text }) => text), offsets });
  }
}

function isSame({ texts: known }: Known, texts: readonly ListedText[]): boolean {
  return known.length === texts.length && texts.every(({ text }, at) => text === known[at]);
}
