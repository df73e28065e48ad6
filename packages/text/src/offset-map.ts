import { DECODINGS, type Decoding, type Span } from '@sallyport/core';

/**
 * Where an edited text came from: the edits, in order. What lies between two edits was copied unit by unit, so its
 * offsets are exact; a unit that an edit produced maps to all of the edit's source.
 */
export class OffsetMap {
  readonly #sourceStarts: number[] = [];
  readonly #sourceEnds: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #kinds: Decoding[] = [];

  get size(): number {
    return this.#starts.length;
  }

  /** Appends an edit; `source` and the produced range must follow those of the last one. */
  add(kind: Decoding, source: Span, produced: Span): void {
    this.#kinds.push(kind);
    this.#sourceStarts.push(source.start);
    this.#sourceEnds.push(source.end);
    this.#starts.push(produced.start);
    this.#ends.push(produced.end);
  }

  /** The smallest source range that produced `start`..`end`. Cost: O(log edits). */
  toSource(start: number, end: number): Span {
    if (end <= start) {
      const at = this.#startInSource(start);
      return { start: at, end: at };
    }
    return { start: this.#startInSource(start), end: this.#endInSource(end - 1) };
  }

  /** All edits, ascending: what kind, and its source range. */
  *edits(): Iterable<Span & { readonly kind: Decoding }> {
    for (const [i, kind] of this.#kinds.entries()) {
      yield { kind, start: this.#sourceStarts[i] ?? 0, end: this.#sourceEnds[i] ?? 0 };
    }
  }

  /** Whether a range of the produced text was copied unit by unit, nothing removed within. Cost: O(log edits). */
  isCopy(start: number, end: number): boolean {
    const source = this.toSource(start, end);
    if (source.end - source.start !== end - start) return false;
    const i = lastAtMost(this.#starts, end - 1);
    return i < 0 || (this.#ends[i] ?? 0) <= start;
  }

  /** Every kind of edit that was made, in the order of the vocabulary. */
  kinds(): readonly Decoding[] {
    const made = new Set(this.#kinds);
    return DECODINGS.filter((kind) => made.has(kind));
  }

  #startInSource(offset: number): number {
    const i = lastAtMost(this.#starts, offset);
    if (i < 0) return offset;
    const end = this.#ends[i] ?? 0;
    return offset < end ? (this.#sourceStarts[i] ?? 0) : offset - end + (this.#sourceEnds[i] ?? 0);
  }

  /** Source end of the unit at `offset`. */
  #endInSource(offset: number): number {
    const i = lastAtMost(this.#starts, offset);
    if (i < 0) return offset + 1;
    const end = this.#ends[i] ?? 0;
    return offset < end ? (this.#sourceEnds[i] ?? 0) : offset - end + (this.#sourceEnds[i] ?? 0) + 1;
  }
}

/** Index of the last entry of an ascending list that is at most `value`; -1 when there is none. */
export function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
