import { type IndexedLeaf, STANDING_BITS, STANDINGS } from './indexed-leaf.ts';
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
  /** Of all its keys. */
  readonly filter: KeyFilter;
  /** Of those that something else than free text holds: few, and where enough free text is known the only ones that matter. */
  readonly firm: KeyFilter;
  /** Bits of the standings of its leaves. */
  readonly #standings: number;
  #byWord: ReadonlyMap<string, readonly IndexedLeaf[]> | undefined;

  /** Cost: O(words). */
  constructor(leaves: readonly IndexedLeaf[]) {
    this.#leaves = leaves;
    const firm: number[] = [];
    const free: number[] = [];
    let chars = 0;
    let standings = 0;
    for (const leaf of leaves) {
      chars += leaf.text.length;
      standings |= STANDING_BITS[leaf.standing];
      hashKeys(leaf, leaf.standing === 'free' ? free : firm);
    }
    this.firm = new KeyFilter(firm);
    this.filter = new KeyFilter(firm.concat(free));
    this.#standings = standings;
    // The leaf, its readings, and the table that may be made of them.
    this.weight = chars * 8 + leaves.length * 128 + this.filter.weight + this.firm.weight;
  }

  /**
   * The first leaves of each standing that hold a key.
   * @param full bits of standings of which enough is known
   */
  find({ kind, key, hash }: LeafKey, full = 0): readonly IndexedLeaf[] {
    if ((this.#standings & ~full) === 0) return NONE;
    const filter = (full & STANDING_BITS.free) === 0 ? this.filter : this.firm;
    if (!filter.mayHave(hash)) return NONE;
    if (kind === 'word' && this.#leaves.length > SEARCHED_LEAVES) {
      this.#byWord ??= tableOf(this.#leaves);
      const known = this.#byWord.get(key as string) ?? NONE;
      return full === 0 ? known : known.filter(({ standing }) => (STANDING_BITS[standing] & full) === 0);
    }
    const found: IndexedLeaf[] = [];
    for (const leaf of this.#leaves) {
      if ((STANDING_BITS[leaf.standing] & full) === 0 && HOLDS[kind](leaf, key)) keep(found, leaf);
    }
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

function hashKeys({ readings, values, looks, prints }: IndexedLeaf, hashes: number[]): void {
  for (const { phrase } of readings) hashWords(phrase, hashes);
  for (const key of values.keys()) hashes.push(hashed('value', key));
  for (const key of looks) hashes.push(hashed('look', key));
  for (const list of prints) for (const print of list) hashes.push(hashed('print', print));
}

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
