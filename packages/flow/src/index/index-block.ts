import { STANDING_BITS } from './indexed-leaf.ts';
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
  readonly weight = COLUMNS * 4;
  readonly #indexes: readonly LeafIndex[];
  readonly #all = new Uint32Array(COLUMNS);
  readonly #firm = new Uint32Array(COLUMNS);

  /** @param indexes at most 32 */
  constructor(indexes: readonly LeafIndex[]) {
    this.#indexes = indexes;
    for (const [at, { filter, firm }] of indexes.entries()) {
      turnIn(this.#all, filter, 1 << at);
      turnIn(this.#firm, firm, 1 << at);
    }
  }

  /**
   * The indexes that may hold all of the keys, in their order.
   * @param full bits of standings of which enough is known
   */
  holding(keys: readonly LeafKey[], full: number): readonly LeafIndex[] {
    const columns = (full & STANDING_BITS.free) === 0 ? this.#all : this.#firm;
    let left = -1;
    for (const { hash } of keys) {
      const [first, second] = columnsOf(hash);
      left &= (columns[first] as number) & (columns[second] as number);
      if (left === 0) return NONE;
    }
    const found: LeafIndex[] = [];
    for (; left !== 0; left &= left - 1) {
      const index = this.#indexes[31 - Math.clz32(left & -left)];
      if (index !== undefined) found.push(index);
    }
    return found;
  }
}

const NONE: readonly LeafIndex[] = [];

function turnIn(columns: Uint32Array, filter: KeyFilter, bit: number): void {
  filter.eachColumn((column) => {
    columns[column] = (columns[column] as number) | bit;
  });
}
