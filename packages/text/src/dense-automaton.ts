import type { FoundKeyword } from './keyword-automaton.ts';

/** A keyword of ASCII units, capitals folded. */
export interface FoldedKeyword {
  readonly index: number;
  readonly text: string;
}

/**
 * An automaton over ASCII, as a full table. Units that no keyword holds share one column; a transition to a state in
 * which a keyword ends is stored as its complement, so that the loop over ordinary text has one test.
 */
export class DenseAutomaton {
  readonly #columns = new Uint8Array(65_536);
  readonly #width: number;
  readonly #transitions: Int32Array;
  /** Keywords that end in a state, by state number. */
  readonly #ends: readonly (readonly number[])[];

  constructor(keywords: readonly FoldedKeyword[]) {
    this.#width = this.#assignColumns(keywords) + 1;
    const { next, ends } = this.#trieOf(keywords);
    this.#ends = ends;
    this.#transitions = this.#link(next, ends);
  }

  /** @returns the state to go on from, below 2^28 */
  scan(text: string, found: FoundKeyword, from: number): number {
    const columns = this.#columns;
    const transitions = this.#transitions;
    const n = text.length;
    let state = from;
    for (let i = 0; i < n; i++) {
      state = transitions[state + (columns[text.charCodeAt(i)] as number)] as number;
      if (state < 0) {
        state = ~state;
        for (const keyword of this.#ends[state / this.#width] ?? []) found(keyword, i + 1);
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
    const width = this.#width;
    const most = 1 + keywords.reduce((sum, { text }) => sum + text.length, 0);
    const next = new Int32Array(most * width);
    const ends: number[][] = [[]];
    for (const { index, text } of keywords) {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        const slot = state * width + (this.#columns[text.charCodeAt(i)] ?? 0);
        if (next[slot] === 0) {
          next[slot] = ends.length;
          ends.push([]);
        }
        state = next[slot] ?? 0;
      }
      ends[state]?.push(index);
    }
    return { next: next.slice(0, ends.length * width), ends };
  }

  /** Fills the missing transitions breadth-first from each state's longest proper suffix, and inherits its keywords. */
  #link(next: Int32Array, ends: readonly number[][]): Int32Array {
    const width = this.#width;
    const suffix = new Int32Array(ends.length);
    const queue = new Int32Array(ends.length);
    let queued = 1;
    for (let head = 0; head < queued; head++) {
      const state = queue[head] as number;
      const base = state * width;
      const fallbackBase = (suffix[state] as number) * width;
      for (let column = 0; column < width; column++) {
        const following = next[base + column] as number;
        const fallback = state === 0 ? 0 : (next[fallbackBase + column] as number);
        if (following === 0) {
          next[base + column] = fallback;
          continue;
        }
        suffix[following] = fallback;
        ends[following]?.push(...(ends[fallback] ?? []));
        queue[queued] = following;
        queued++;
      }
    }
    return next.map((state) => ((ends[state]?.length ?? 0) > 0 ? ~(state * width) : state * width));
  }
}
