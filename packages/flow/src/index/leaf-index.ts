import { type IndexedLeaf, STANDINGS } from './indexed-leaf.ts';

/** Leaves that are kept for one key and standing: the first ones. Enough to vouch or to taint; more would let a flood cost time. */
const KEPT_PER_STANDING = 8;

type Postings<Key> = ReadonlyMap<Key, readonly IndexedLeaf[]>;

/** Finds leaves of one or more messages by what they hold. Never changed once it is made. */
export interface LeafIndex {
  readonly words: Postings<string>;
  /** By canonical value. */
  readonly values: Postings<string>;
  /** By what a value can be taken for. */
  readonly looks: Postings<string>;
  readonly prints: Postings<number>;
  /** An estimate of its size, in characters. */
  readonly weight: number;
}

/** The index of a message's leaves. Cost: O(words). */
export function indexOf(leaves: readonly IndexedLeaf[]): LeafIndex {
  const words = new Map<string, IndexedLeaf[]>();
  const values = new Map<string, IndexedLeaf[]>();
  const looks = new Map<string, IndexedLeaf[]>();
  const prints = new Map<number, IndexedLeaf[]>();
  let weight = 0;
  for (const leaf of leaves) {
    for (const { phrase } of leaf.readings) for (const word of new Set(phrase.split(' '))) post(words, word, leaf);
    for (const key of leaf.values.keys()) post(values, key, leaf);
    for (const key of leaf.looks) post(looks, key, leaf);
    for (const print of leaf.prints) post(prints, print, leaf);
    weight += leaf.text.length * 4 + 256;
  }
  words.delete('');
  return { words, values, looks, prints, weight };
}

/** One index for what several hold. Cost: O(keys). */
export function mergeIndexes(parts: readonly LeafIndex[]): LeafIndex {
  return {
    words: merged(parts.map(({ words }) => words)),
    values: merged(parts.map(({ values }) => values)),
    looks: merged(parts.map(({ looks }) => looks)),
    prints: merged(parts.map(({ prints }) => prints)),
    weight: parts.reduce((sum, { words, prints }) => sum + (words.size + prints.size) * 32, 0),
  };
}

function merged<Key>(parts: readonly Postings<Key>[]): Postings<Key> {
  const all = new Map<Key, IndexedLeaf[]>();
  for (const part of parts) {
    for (const [key, leaves] of part) {
      const known = all.get(key);
      if (known === undefined) all.set(key, [...leaves]);
      else for (const leaf of leaves) keep(known, leaf);
    }
  }
  return all;
}

function post<Key>(postings: Map<Key, IndexedLeaf[]>, key: Key, leaf: IndexedLeaf): void {
  const known = postings.get(key);
  if (known === undefined) postings.set(key, [leaf]);
  else if (known.at(-1) !== leaf) keep(known, leaf);
}

/** INVARIANT: no standing can crowd out another: a flood of free text leaves the user's own words to be found. */
function keep(leaves: IndexedLeaf[], leaf: IndexedLeaf): void {
  if (leaves.length >= KEPT_PER_STANDING * STANDINGS.length) return;
  let alike = 0;
  for (const { standing } of leaves) if (standing === leaf.standing) alike++;
  if (alike < KEPT_PER_STANDING) leaves.push(leaf);
}
