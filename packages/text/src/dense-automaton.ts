import type { FoldedKeyword, FoundKeyword } from './keyword.ts';

/** Longest keywords that fit a half of a text that is worth reading from two places. */
const HALF_KEYWORDS_MIN = 3;

/** States that fit a table of 16 bits: one of 32 is slower for every text. */
export const MAX_NARROW_STATES = 65_536;

type Table = Uint16Array | Uint32Array;

/**
 * An automaton over ASCII, as a full table. Units that no keyword holds share one column. States are numbered by their
 * distance from the root, so that those in which ordinary text stays lie close together in memory; the states in which a
 * keyword ends come behind all others, so that the loop over ordinary text has one test.
 */
export class DenseAutomaton {
  readonly #columns = new Uint8Array(65_536);
  /** Units of the longest keyword. */
  readonly #longest: number;
  /** Log2 of the table's width. */
  readonly #shift: number;
  readonly #transitions: Table;
  /** The first state in which a keyword ends: all from there on are such states. */
  readonly #firstEnd: number;
  /** Keywords that end in a state, by state number. */
  readonly #ends: readonly (readonly number[])[];

  constructor(keywords: readonly FoldedKeyword[]) {
    this.#longest = keywords.reduce((longest, { text }) => Math.max(longest, text.length), 0);
    this.#shift = Math.ceil(Math.log2(this.#assignColumns(keywords) + 1));
    const { next, ends } = this.#trieOf(keywords);
    const linked = this.#link(next, ends);
    const isEnd = (state: number) => (ends[state]?.length ?? 0) > 0;
    const passed = linked.filter((state) => !isEnd(state));
    this.#firstEnd = passed.length;
    const order = Int32Array.from([...passed, ...linked.filter(isEnd)]);
    this.#transitions = ends.length <= MAX_NARROW_STATES ? new Uint16Array(next.length) : new Uint32Array(next.length);
    this.#ends = Array.from(order, (state) => ends[state] ?? []);
    this.#renumber(next, order);
  }

  /**
   * Like `scan`, over the units of a text of ASCII alone. Each step waits for the one before; so the second half of a long
   * text is read at the same time, from so far before it that no keyword is missed. What it finds is reported after.
   */
  scanBytes(bytes: Uint8Array, { length, from }: { length: number; from: number }, found: FoundKeyword): number {
    const middle = length >> 1;
    if (middle < this.#longest * HALF_KEYWORDS_MIN)
      return this.#walk(bytes, { at: 0, end: length, state: from }, found);
    const columns = this.#columns;
    const transitions = this.#transitions;
    const shift = this.#shift;
    const firstEnd = this.#firstEnd;
    const later: [keyword: number, end: number][] = [];
    let first = from;
    let second = this.#walk(bytes, { at: middle - this.#longest, end: middle, state: 0 }, () => undefined);
    for (let i = 0, j = middle; i < middle; i++, j++) {
      first = transitions[(first << shift) | (columns[bytes[i] as number] as number)] as number;
      second = transitions[(second << shift) | (columns[bytes[j] as number] as number)] as number;
      if (first >= firstEnd) {
        for (const keyword of this.#ends[first] ?? []) found(keyword, i + 1);
      }
      if (second >= firstEnd) {
        for (const keyword of this.#ends[second] ?? []) later.push([keyword, j + 1]);
      }
    }
    for (const [keyword, end] of later) found(keyword, end);
    return this.#walk(bytes, { at: 2 * middle, end: length, state: second }, found);
  }

  #walk(bytes: Uint8Array, { at, end, state: from }: { at: number; end: number; state: number }, found: FoundKeyword) {
    let state = from;
    for (let i = at; i < end; i++) {
      state = this.#transitions[(state << this.#shift) | (this.#columns[bytes[i] as number] as number)] as number;
      if (state >= this.#firstEnd) {
        for (const keyword of this.#ends[state] ?? []) found(keyword, i + 1);
      }
    }
    return state;
  }

  /** @returns the state to go on from, below 2^28 */
  scan(text: string, found: FoundKeyword, from: number): number {
    const columns = this.#columns;
    const transitions = this.#transitions;
    const shift = this.#shift;
    const firstEnd = this.#firstEnd;
    const n = text.length;
    let state = from;
    for (let i = 0; i < n; i++) {
      state = transitions[(state << shift) | (columns[text.charCodeAt(i)] as number)] as number;
      if (state >= firstEnd) {
        for (const keyword of this.#ends[state] ?? []) found(keyword, i + 1);
      }
    }
    return state;
  }

  #assignColumns(keywords: readonly FoldedKeyword[]): number {
    let columns = 0;
    for (const { text } of keywords) {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (this.#columns[unit] !== 0) continue;
        columns++;
        this.#columns[unit] = columns;
        if (unit >= 97 && unit <= 122) this.#columns[unit - 32] = columns;
      }
    }
    return columns;
  }

  /** Next state numbers by state and column; 0 where there is none yet, since nothing leads back to the root. */
  #trieOf(keywords: readonly FoldedKeyword[]): { readonly next: Int32Array; readonly ends: number[][] } {
    const most = 1 + keywords.reduce((sum, { text }) => sum + text.length, 0);
    const next = new Int32Array(most << this.#shift);
    const ends: number[][] = [[]];
    for (const { index, text } of keywords) {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        const slot = (state << this.#shift) | (this.#columns[text.charCodeAt(i)] ?? 0);
        if (next[slot] === 0) {
          next[slot] = ends.length;
          ends.push([]);
        }
        state = next[slot] ?? 0;
      }
      ends[state]?.push(index);
    }
    return { next: next.slice(0, ends.length << this.#shift), ends };
  }

  /**
   * Fills the missing transitions breadth-first from each state's longest proper suffix, and inherits its keywords.
   * @returns the states in that order
   */
  #link(next: Int32Array, ends: readonly number[][]): Int32Array {
    const shift = this.#shift;
    const width = 1 << shift;
    const suffix = new Int32Array(ends.length);
    const queue = new Int32Array(ends.length);
    let queued = 1;
    for (let head = 0; head < queued; head++) {
      const state = queue[head] as number;
      const fallbackBase = (suffix[state] as number) << shift;
      for (let column = 0; column < width; column++) {
        const slot = (state << shift) | column;
        const following = next[slot] as number;
        const fallback = state === 0 ? 0 : (next[fallbackBase | column] as number);
        if (following === 0) {
          next[slot] = fallback;
          continue;
        }
        suffix[following] = fallback;
        ends[following]?.push(...(ends[fallback] ?? []));
        queue[queued] = following;
        queued++;
      }
    }
    return queue;
  }

  #renumber(next: Int32Array, order: Int32Array): void {
    const numbers = new Int32Array(order.length);
    for (let number = 0; number < order.length; number++) numbers[order[number] as number] = number;
    const width = 1 << this.#shift;
    for (let number = 0; number < order.length; number++) {
      const from = (order[number] as number) << this.#shift;
      const to = number << this.#shift;
      for (let column = 0; column < width; column++) {
        const target = numbers[next[from | column] as number] as number;
        this.#transitions[to | column] = target;
      }
    }
  }
}
