import type { FoldedKeyword, FoundKeyword } from './keyword.ts';

/** Distinct units that the keywords may hold: what a transition's key has room for. */
const COLUMN_BITS = 12;
const NONE = -1;

/** An automaton over a large alphabet: the edges of its trie in one hash table, the rest found over suffix links. */
export class SparseAutomaton {
  readonly #columns = new Uint16Array(65_536);
  readonly #keys: Int32Array;
  readonly #targets: Int32Array;
  readonly #mask: number;
  readonly #suffix: Int32Array;
  readonly #ends: readonly (readonly number[])[];

  /** @throws {RangeError} for more than 4,095 distinct units or 524,288 states */
  constructor(keywords: readonly FoldedKeyword[]) {
    this.#assignColumns(keywords);
    const most = 1 + keywords.reduce((sum, { text }) => sum + text.length, 0);
    if (most > 2 ** (31 - COLUMN_BITS)) throw new RangeError('too many keywords of a large alphabet');
    const slots = 2 ** Math.ceil(Math.log2(most * 2 + 2));
    this.#mask = slots - 1;
    this.#keys = new Int32Array(slots).fill(NONE);
    this.#targets = new Int32Array(slots);
    const edges: { readonly from: number; readonly column: number; readonly to: number }[] = [];
    const ends: number[][] = [[]];
    for (const { index, text } of keywords) {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        const column = this.#columns[text.charCodeAt(i)] ?? 0;
        const known = this.#edge(state, column);
        const to = known === NONE ? ends.length : known;
        if (known === NONE) {
          edges.push({ from: state, column, to });
          this.#insert(state, column, to);
          ends.push([]);
        }
        state = to;
      }
      ends[state]?.push(index);
    }
    this.#suffix = new Int32Array(ends.length);
    this.#link(edges, ends);
    this.#ends = ends;
  }

  /** @returns the state to go on from */
  scan(text: string, found: FoundKeyword, from: number): number {
    const columns = this.#columns;
    const n = text.length;
    let state = from;
    for (let i = 0; i < n; i++) {
      const column = columns[text.charCodeAt(i)] as number;
      if (column === 0) {
        state = 0;
        continue;
      }
      state = this.#step(state, column);
      const ended = this.#ends[state];
      if (ended !== undefined && ended.length > 0) for (const keyword of ended) found(keyword, i + 1);
    }
    return state;
  }

  #step(from: number, column: number): number {
    let state = from;
    for (;;) {
      const to = this.#edge(state, column);
      if (to !== NONE) return to;
      if (state === 0) return 0;
      state = this.#suffix[state] as number;
    }
  }

  #edge(state: number, column: number): number {
    const key = (state << COLUMN_BITS) | column;
    for (let slot = hashOf(key) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = this.#keys[slot];
      if (found === key) return this.#targets[slot] as number;
      if (found === NONE) return NONE;
    }
  }

  #insert(state: number, column: number, to: number): void {
    const key = (state << COLUMN_BITS) | column;
    let slot = hashOf(key) & this.#mask;
    while (this.#keys[slot] !== NONE) slot = (slot + 1) & this.#mask;
    this.#keys[slot] = key;
    this.#targets[slot] = to;
  }

  /** Breadth-first, so that a state's suffix is known before its children's. */
  #link(
    edges: readonly { readonly from: number; readonly column: number; readonly to: number }[],
    ends: number[][],
  ): void {
    const children = new Map<number, { readonly column: number; readonly to: number }[]>();
    for (const { from, column, to } of edges) {
      const own = children.get(from);
      if (own === undefined) children.set(from, [{ column, to }]);
      else own.push({ column, to });
    }
    const queue = [0];
    for (const state of queue) {
      for (const { column, to } of children.get(state) ?? []) {
        const suffix = state === 0 ? 0 : this.#step(this.#suffix[state] as number, column);
        this.#suffix[to] = suffix;
        ends[to]?.push(...(ends[suffix] ?? []));
        queue.push(to);
      }
    }
  }

  #assignColumns(keywords: readonly FoldedKeyword[]): void {
    let columns = 0;
    for (const { text } of keywords) {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (this.#columns[unit] !== 0) continue;
        columns++;
        if (columns >= 2 ** COLUMN_BITS) throw new RangeError('too many distinct units in keywords');
        this.#columns[unit] = columns;
        if (unit >= 97 && unit <= 122) this.#columns[unit - 32] = columns;
      }
    }
  }
}

function hashOf(key: number): number {
  const mixed = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
