import { COLUMNS, columnsOf, type KeyFilter } from './key-filter.ts';
import type { LeafIndex, LeafKey } from './leaf-index.ts';

/** Messages of one block: as many as a word has bits. */
export const BLOCK_MESSAGES = 32;

/**
 * Indexes of 32 messages in a row, with their filters turned on their side: which of them may hold a key is one look at two words
 * of memory, not at 32 filters.
 */
export class IndexBlock {
  /** An estimate of its size, in characters. */
  readonly weight = COLUMNS * 2;
  readonly #indexes: readonly LeafIndex[];
  readonly #columns = new Uint32Array(COLUMNS);

  /** @param indexes at most 32 */
  constructor(indexes: readonly LeafIndex[]) {
    this.#indexes = indexes;
    for (const [at, { filter }] of indexes.entries()) this.#add(filter, 1 << at);
  }

  /** The indexes that may hold all of the keys, in their order. */
  holding(keys: readonly LeafKey[]): readonly LeafIndex[] {
    let left = -1;
    for (const { hash } of keys) {
      const [first, second] = columnsOf(hash);
      left &= (this.#columns[first] as number) & (this.#columns[second] as number);
      if (left === 0) return [];
    }
    return this.#indexes.filter((_, at) => (left & (1 << at)) !== 0);
  }

  #add(filter: KeyFilter, bit: number): void {
    filter.eachColumn((column) => {
      this.#columns[column] = (this.#columns[column] as number) | bit;
    });
  }
}
