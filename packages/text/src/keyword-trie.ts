import type { FoldedKeyword } from './keyword.ts';
import { UNITS } from './keyword-columns.ts';

const NONE = -1;
const ROOT = 0;

/**
 * The trie of keywords with the suffix links of Aho and Corasick. Children stand in lists, so that it is as large as its
 * keywords are long, whatever their alphabet. States are numbered as they are met, from the root's 0.
 */
export class KeywordTrie {
  /** States by their distance from the root. */
  readonly order: Int32Array;
  /** Of each state, the one that stands for its longest proper suffix. */
  readonly suffix: Int32Array;
  readonly #ends = new Map<number, number[]>();
  readonly #firstChild: Int32Array;
  readonly #sibling: Int32Array;
  readonly #column: Uint16Array;
  /** Of the root, which may have very many, by column. */
  readonly #firsts: Int32Array;

  /**
   * @param columns of each UTF-16 unit, above 0 for those of the keywords
   * Cost: O(units of all keywords), times the children of a state other than the root; least for keywords in order of the alphabet.
   */
  constructor(keywords: readonly FoldedKeyword[], columns: Uint8Array | Uint16Array) {
    const most = 1 + keywords.reduce((sum, { text }) => sum + text.length, 0);
    this.#firstChild = new Int32Array(most).fill(NONE);
    this.#sibling = new Int32Array(most);
    this.#column = new Uint16Array(most);
    this.#firsts = new Int32Array(UNITS).fill(NONE);
    const states = this.#grow(keywords, columns);
    this.order = new Int32Array(states);
    this.suffix = new Int32Array(states);
    this.#link();
  }

  /** Keywords that end in a state, its own before those of its suffixes. */
  endsOf(state: number): readonly number[] | undefined {
    return this.#ends.get(state);
  }

  /** The children of a state one after the other. @param child after which; undefined for the first. @returns undefined where there is none */
  childAfter(state: number, child: number | undefined): number | undefined {
    const next = (child === undefined ? this.#firstChild[state] : this.#sibling[child]) as number;
    return next === NONE ? undefined : next;
  }

  /** What leads to a state from its parent. */
  columnOf(state: number): number {
    return this.#column[state] as number;
  }

  /** @returns the states there are */
  #grow(keywords: readonly FoldedKeyword[], columns: Uint8Array | Uint16Array): number {
    let states = 1;
    for (const { index, text } of keywords) {
      let state = ROOT;
      for (let i = 0; i < text.length; i++) {
        const column = columns[text.charCodeAt(i)] as number;
        let child = this.#childBy(state, column);
        if (child === NONE) {
          child = states;
          states++;
          this.#column[child] = column;
          this.#sibling[child] = this.#firstChild[state] as number;
          this.#firstChild[state] = child;
          if (state === ROOT) this.#firsts[column] = child;
        }
        state = child;
      }
      const own = this.#ends.get(state);
      if (own === undefined) this.#ends.set(state, [index]);
      else own.push(index);
    }
    return states;
  }

  #childBy(state: number, column: number): number {
    if (state === ROOT) return this.#firsts[column] as number;
    let child = this.#firstChild[state] as number;
    while (child !== NONE && this.#column[child] !== column) child = this.#sibling[child] as number;
    return child;
  }

  /** Breadth-first, so that a state's suffix is known, with its keywords, before those of its children. */
  #link(): void {
    const { order, suffix } = this;
    let queued = 1;
    for (let head = 0; head < queued; head++) {
      const state = order[head] as number;
      for (let child = this.#firstChild[state] as number; child !== NONE; child = this.#sibling[child] as number) {
        const behind = state === ROOT ? ROOT : this.#step(suffix[state] as number, this.#column[child] as number);
        suffix[child] = behind;
        this.#inherit(child, behind);
        order[queued] = child;
        queued++;
      }
    }
  }

  #step(from: number, column: number): number {
    for (let state = from; ; state = this.suffix[state] as number) {
      const child = this.#childBy(state, column);
      if (child !== NONE) return child;
      if (state === ROOT) return ROOT;
    }
  }

  #inherit(state: number, behind: number): void {
    const inherited = this.#ends.get(behind);
    if (inherited === undefined) return;
    const own = this.#ends.get(state);
    if (own === undefined) this.#ends.set(state, inherited);
    else own.push(...inherited);
  }
}
