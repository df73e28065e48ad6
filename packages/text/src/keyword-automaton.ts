import { asciiBytes } from './ascii-bytes.ts';
import { DenseAutomaton } from './dense-automaton.ts';
import type { FoundKeyword } from './keyword.ts';
import { SparseAutomaton } from './sparse-automaton.ts';

/** What the states of the sparse automaton are multiplied with, to stand beside a dense one in one number. */
const SPARSE_SHIFT = 2 ** 28;
const ASCII_ONLY = /^[\0-\x7f]*$/;

/**
 * Finds every occurrence of many keywords in one pass (Aho and Corasick), over UTF-16 units, without regard to ASCII
 * case. Keywords of ASCII units alone share a table that costs one look-up a unit; the others, whose alphabet would make
 * that table huge, share a hash of transitions, which whole texts without any such unit never touch.
 */
export class KeywordAutomaton {
  readonly #dense: DenseAutomaton;
  readonly #sparse: SparseAutomaton | undefined;

  /** @param keywords not empty each; their indexes are what `scan` reports. Cost: about 1 us a unit of all keywords. */
  constructor(keywords: readonly string[]) {
    const folded = keywords.map((keyword, index) => ({ index, text: foldAsciiCase(keyword) }));
    this.#dense = new DenseAutomaton(folded.filter(({ text }) => ASCII_ONLY.test(text)));
    const others = folded.filter(({ text }) => !ASCII_ONLY.test(text));
    this.#sparse = others.length === 0 ? undefined : new SparseAutomaton(others);
  }

  /**
   * Reports each occurrence; of keywords of one kind in order of their ends. Cost: O(length + occurrences), 1-4 ns per
   * unit, 10-20 ns more where the text, or what came before it, is not ASCII.
   * @param from state in which a scan of the text before ended; absent for a text that nothing comes before or after
   * @returns the state to go on from
   */
  scan(text: string, found: FoundKeyword, from?: number): number {
    const before = from ?? 0;
    const state = before % SPARSE_SHIFT;
    const bytes = asciiBytes(text);
    const dense =
      bytes === undefined
        ? this.#dense.scan(text, found, state)
        : this.#dense.scanBytes(bytes, { length: text.length, from: state }, found);
    if (this.#sparse === undefined || (from === undefined && bytes !== undefined)) return dense;
    return this.#sparse.scan(text, found, Math.floor(before / SPARSE_SHIFT)) * SPARSE_SHIFT + dense;
  }
}

/** Lower case for ASCII letters alone: the length never changes. */
function foldAsciiCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
