import type { FoldedKeyword, FoundKeyword } from './keyword.ts';
import { assignColumns, UNITS } from './keyword-columns.ts';
import { KeywordTrie } from './keyword-trie.ts';

/** Distinct units that the keywords may hold: what a transition's key has room for. */
const COLUMN_BITS = 12;
const NONE = -1;

/** An automaton over a large alphabet: the edges of its trie in one hash table, the rest found over suffix links. */
export class SparseAutomaton {
  readonly #columns = new Uint16Array(UNITS);
  readonly #trie: KeywordTrie;
  readonly #keys: Int32Array;
  readonly #targets: Int32Array;
  readonly #mask: number;

  /** @throws {RangeError} for more than 4,095 distinct units or 524,288 states */
  constructor(keywords: readonly FoldedKeyword[]) {
    if (assignColumns(keywords, this.#columns) >= 2 ** COLUMN_BITS)
      throw new RangeError('too many distinct units in keywords');
    const most = 1 + keywords.reduce((sum, { text }) => sum + text.length, 0);
    if (most > 2 ** (31 - COLUMN_BITS)) throw new RangeError('too many keywords of a large alphabet');
    this.#trie = new KeywordTrie(keywords, this.#columns);
    const slots = 2 ** Math.ceil(Math.log2(this.#trie.order.length * 2 + 2));
    this.#mask = slots - 1;
    this.#keys = new Int32Array(slots).fill(NONE);
    this.#targets = new Int32Array(slots);
    for (const state of this.#trie.order) {
      let child = this.#trie.childAfter(state, undefined);
      while (child !== undefined) {
        this.#insert(state, this.#trie.columnOf(child), child);
        child = this.#trie.childAfter(state, child);
      }
    }
  }

  /** @returns the state to go on from */
  scan(text: string, found: FoundKeyword, from: number): number {
    const columns = this.#columns;
    const ends = this.#trie;
    const n = text.length;
    let state = from;
    for (let i = 0; i < n; i++) {
      const column = columns[text.charCodeAt(i)] as number;
      if (column === 0) {
        state = 0;
        continue;
      }
      state = this.#step(state, column);
      const ended = ends.endsOf(state);
      if (ended !== undefined) for (const keyword of ended) found(keyword, i + 1);
    }
    return state;
  }

  #step(from: number, column: number): number {
    let state = from;
    for (;;) {
      const to = this.#edge(state, column);
      if (to !== NONE) return to;
      if (state === 0) return 0;
      state = this.#trie.suffix[state] as number;
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
}

function hashOf(key: number): number {
  const mixed = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
