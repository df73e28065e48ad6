import { type IndexedLeaf, STANDINGS } from './indexed-leaf.ts';
import { HASH_START, hashNext, hashOf, KeyFilter } from './key-filter.ts';

/** Leaves that are kept for one key and standing: the first ones. Enough to vouch or to taint; more would let a flood cost time. */
export const KEPT_PER_STANDING = 8;

/** What leaves are found by: words, canonical values, what values can be taken for, passages. */
export type KeyKind = 'word' | 'value' | 'look' | 'print';

/** One key, with its hash: made once for all messages that are asked. */
export interface LeafKey {
  readonly kind: KeyKind;
  readonly key: string | number;
  readonly hash: number;
}

export function leafKey(kind: KeyKind, key: string | number): LeafKey {
  return { kind, key, hash: hashed(kind, key) };
}

/** Kinds share a filter: those of one kind get bits of their own. */
function hashed(kind: KeyKind, key: string | number): number {
  if (typeof key === 'number') return key >>> 0;
  return kind === 'look' ? hashOf(`look ${key}`) : hashOf(key);
}

/** Messages of more leaves have a table of their words: others are searched, since most are never asked twice. */
const SEARCHED_LEAVES = 32;

/** Finds the leaves of one message. What it doesn't hold is denied at once. */
export class LeafIndex {
  readonly weight: number;
  readonly #leaves: readonly IndexedLeaf[];
  readonly filter: KeyFilter;
  #byWord: ReadonlyMap<string, readonly IndexedLeaf[]> | undefined;

  /** Cost: O(words). */
  constructor(leaves: readonly IndexedLeaf[]) {
    this.#leaves = leaves;
    const hashes: number[] = [];
    let chars = 0;
    for (const leaf of leaves) {
      chars += leaf.text.length;
      for (const { phrase } of leaf.readings) hashWords(phrase, hashes);
      for (const key of leaf.values.keys()) hashes.push(hashed('value', key));
      for (const key of leaf.looks) hashes.push(hashed('look', key));
      for (const prints of leaf.prints) for (const print of prints) hashes.push(hashed('print', print));
    }
    this.filter = new KeyFilter(hashes);
    // The leaf, its readings, and the table that may be made of them.
    this.weight = chars * 8 + leaves.length * 128 + this.filter.weight;
  }

  /** The first leaves of each standing that hold a key. */
  find({ kind, key, hash }: LeafKey): readonly IndexedLeaf[] {
    if (!this.filter.mayHave(hash)) return NONE;
    if (kind === 'word' && this.#leaves.length > SEARCHED_LEAVES) {
      this.#byWord ??= tableOf(this.#leaves);
      return this.#byWord.get(key as string) ?? NONE;
    }
    const found: IndexedLeaf[] = [];
    for (const leaf of this.#leaves) if (HOLDS[kind](leaf, key)) keep(found, leaf);
    return found;
  }
}

const NONE: readonly IndexedLeaf[] = [];

const HOLDS: Readonly<Record<KeyKind, (leaf: IndexedLeaf, key: string | number) => boolean>> = {
  word: ({ readings }, key) => readings.some(({ phrase }) => phrase.includes(` ${key} `)),
  value: ({ values }, key) => values.has(key as string),
  look: ({ looks }, key) => looks.has(key as string),
  print: ({ prints }, key) => prints.some((list) => list.includes(key as number)),
};

/** Hashes the words of a phrase as `hashOf` would, without cutting them out. */
function hashWords(phrase: string, hashes: number[]): void {
  let hash = HASH_START;
  for (let at = 1; at < phrase.length; at++) {
    const unit = phrase.charCodeAt(at);
    if (unit !== 32) {
      hash = hashNext(hash, unit);
      continue;
    }
    hashes.push(hash >>> 0);
    hash = HASH_START;
  }
}

function tableOf(leaves: readonly IndexedLeaf[]): ReadonlyMap<string, readonly IndexedLeaf[]> {
  const table = new Map<string, IndexedLeaf[]>();
  for (const leaf of leaves) {
    for (const { phrase } of leaf.readings) {
      for (const word of phrase.split(' ')) {
        const known = table.get(word);
        if (known === undefined) table.set(word, [leaf]);
        else if (known.at(-1) !== leaf) keep(known, leaf);
      }
    }
  }
  return table;
}

/** INVARIANT: no standing can crowd out another: a flood of free text leaves the user's own words to be found. */
function keep(leaves: IndexedLeaf[], leaf: IndexedLeaf): void {
  if (leaves.length >= KEPT_PER_STANDING * STANDINGS.length) return;
  let alike = 0;
  for (const { standing } of leaves) if (standing === leaf.standing) alike++;
  if (alike < KEPT_PER_STANDING) leaves.push(leaf);
}
