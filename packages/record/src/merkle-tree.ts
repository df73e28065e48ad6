import { hash } from 'node:crypto';
import { LEAF_MAX_BYTES } from '@sallyport/core';

/**
 * Hashing of RFC 6962 and RFC 9162, section 2.1: leaves and inner nodes have different prefixes, so that neither can pass
 * for the other; the tree over n > 1 leaves splits at the largest power of two below n.
 */
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer');

/** Where prefix and leaf are put together to be hashed: one for all, since hashing is done before anyone else can want it. */
const scratch = Buffer.alloc(1 + LEAF_MAX_BYTES, LEAF_PREFIX);

/** SHA-256 of 0x00 and the leaf, 32 bytes. Cost: 1.6 us for 1.5 KB. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const prefixed = leaf.byteLength <= LEAF_MAX_BYTES ? scratch : Buffer.alloc(1 + leaf.byteLength, LEAF_PREFIX);
  prefixed.set(leaf, 1);
  return hash('sha256', prefixed.subarray(0, 1 + leaf.byteLength), 'buffer');
}

/** SHA-256 of 0x01 and both children, 32 bytes. Cost: 0.8 us. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const prefixed = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  prefixed[0] = NODE_PREFIX;
  prefixed.set(left, 1);
  prefixed.set(right, 1 + HASH_BYTES);
  return hash('sha256', prefixed, 'buffer');
}

/**
 * All that must be kept of a tree to append to it and to know its root: the roots of the perfect subtrees that make it up,
 * largest first, one for each bit that is set in its size.
 */
export class CompactRange {
  readonly #roots: Uint8Array[];
  #size: number;

  /** @param size and @param frontier must belong together; `frontierFits` checks their number. Default: the empty tree. */
  constructor(size = 0, frontier: readonly Uint8Array[] = []) {
    this.#size = size;
    this.#roots = [...frontier];
  }

  get size(): number {
    return this.#size;
  }

  get frontier(): readonly Uint8Array[] {
    return this.#roots;
  }

  /** Appends the leaf with this hash. Cost: one node hash on average, log2(size) at most. */
  append(hashOfLeaf: Uint8Array): void {
    let root = hashOfLeaf;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = nodeHash(this.#roots.pop() as Uint8Array, root);
    }
    this.#roots.push(root);
    this.#size += 1;
  }

  /** Root hash of all leaves so far, 32 bytes. Cost: one node hash for each bit set in the size. */
  root(): Uint8Array {
    return (
      this.#roots.reduceRight<Uint8Array | undefined>(
        (right, left) => (right === undefined ? left : nodeHash(left, right)),
        undefined,
      ) ?? EMPTY_ROOT
    );
  }
}

/** Whether a frontier has the shape that a tree of this size must have. */
export function frontierFits(size: number, frontier: readonly Uint8Array[]): boolean {
  if (!Number.isSafeInteger(size) || size < 0) return false;
  const bits = size.toString(2).replaceAll('0', '').length;
  return frontier.length === bits && frontier.every((root) => root.byteLength === HASH_BYTES);
}

/** Root of the tree over these leaf hashes. Cost: one node hash a leaf. */
export function rootOf(leafHashes: Iterable<Uint8Array>): Uint8Array {
  const range = new CompactRange();
  for (const hashOfLeaf of leafHashes) range.append(hashOfLeaf);
  return range.root();
}
