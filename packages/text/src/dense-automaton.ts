import type { FoldedKeyword, FoundKeyword } from './keyword.ts';
import { assignColumns, UNITS } from './keyword-columns.ts';
import { KeywordTrie } from './keyword-trie.ts';

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
  readonly #columns = new Uint8Array(UNITS);
  /** Units of the longest keyword. */
  readonly #longest: number;
  /** Log2 of the table's width. */
  readonly #shift: number;
  readonly #transitions: Table;
  /** The first state in which a keyword ends: all from there on are such states. */
  readonly #firstEnd: number;
  /** Keywords that end in each of those states. */
  readonly #ends: readonly (readonly number[])[];

  constructor(keywords: readonly FoldedKeyword[]) {
    this.#longest = keywords.reduce((longest, { text }) => Math.max(longest, text.length), 0);
    this.#shift = Math.ceil(Math.log2(assignColumns(keywords, this.#columns) + 1));
    const trie = new KeywordTrie(keywords, this.#columns);
    const passed = trie.order.filter((state) => trie.endsOf(state) === undefined);
    const ended = trie.order.filter((state) => trie.endsOf(state) !== undefined);
    this.#firstEnd = passed.length;
    this.#ends = Array.from(ended, (state) => trie.endsOf(state) ?? []);
    const states = trie.order.length;
    const numbers = new Int32Array(states);
    for (let at = 0; at < states; at++) {
      numbers[(at < passed.length ? passed[at] : ended[at - passed.length]) as number] = at;
    }
    this.#transitions = transitionsOf(trie, { numbers, shift: this.#shift });
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
        for (const keyword of this.#ends[first - firstEnd] ?? []) found(keyword, i + 1);
      }
      if (second >= firstEnd) {
        for (const keyword of this.#ends[second - firstEnd] ?? []) later.push([keyword, j + 1]);
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
        for (const keyword of this.#ends[state - this.#firstEnd] ?? []) found(keyword, i + 1);
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
        for (const keyword of this.#ends[state - firstEnd] ?? []) found(keyword, i + 1);
      }
    }
    return state;
  }
}

/** Each state goes where its longest proper suffix does, which is nearer to the root and so known, but for its own children. */
function transitionsOf(trie: KeywordTrie, { numbers, shift }: { numbers: Int32Array; shift: number }): Table {
  const size = numbers.length << shift;
  const table = numbers.length <= MAX_NARROW_STATES ? new Uint16Array(size) : new Uint32Array(size);
  const width = 1 << shift;
  for (const state of trie.order) {
    const row = (numbers[state] as number) << shift;
    const behind = (numbers[trie.suffix[state] as number] as number) << shift;
    if (row !== behind) table.copyWithin(row, behind, behind + width);
    let child = trie.childAfter(state, undefined);
    while (child !== undefined) {
      table[row | trie.columnOf(child)] = numbers[child] as number;
      child = trie.childAfter(state, child);
    }
  }
  return table;
}
