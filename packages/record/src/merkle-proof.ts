import { SallyportError } from '@sallyport/core';
import { nodeHash } from './merkle-tree.ts';
import type { RangeRoot } from './range-root.ts';

/**
 * The hashes that lead from one leaf to the root of the first `size` leaves, leaf's side first.
 * @throws {SallyportError} `NOT_FOUND` unless 0 <= index < size
 * Cost: log2(size) roots of ranges. Source: RFC 9162, section 2.1.3.1.
 */
export function inclusionProof(rangeRoot: RangeRoot, index: number, size: number): Uint8Array[] {
  requireRange(index, 0, size - 1);
  return path(rangeRoot, index, { from: 0, to: size });
}

function path(rangeRoot: RangeRoot, index: number, { from, to }: Range): Uint8Array[] {
  if (to - from === 1) return [];
  const split = from + largestPowerBelow(to - from);
  return index < split
    ? [...path(rangeRoot, index, { from, to: split }), rangeRoot(split, to)]
    : [...path(rangeRoot, index, { from: split, to }), rangeRoot(from, split)];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The hashes that show that the tree of `newSize` leaves begins with the tree of `oldSize` leaves.
 * @throws {SallyportError} `NOT_FOUND` unless 0 < oldSize <= newSize
 * Cost: log2(newSize) roots of ranges. Source: RFC 9162, section 2.1.4.1.
 */
export function consistencyProof(rangeRoot: RangeRoot, oldSize: number, newSize: number): Uint8Array[] {
  requireRange(oldSize, 1, newSize);
  return subProof(rangeRoot, oldSize, { from: 0, to: newSize, whole: true });
}

/** `whole`: the old tree's root is known to the verifier, so that its own subtree need not be named. */
function subProof(rangeRoot: RangeRoot, oldSize: number, range: Range & { readonly whole: boolean }): Uint8Array[] {
  const { from, to, whole } = range;
  if (oldSize === to - from) return whole ? [] : [rangeRoot(from, to)];
  const half = largestPowerBelow(to - from);
  const split = from + half;
  return oldSize <= half
    ? [...subProof(rangeRoot, oldSize, { from, to: split, whole }), rangeRoot(split, to)]
    : [...subProof(rangeRoot, oldSize - half, { from: split, to, whole: false }), rangeRoot(from, split)];
}

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the leaf stands at `index` of the tree. Cost: log2(size) hashes. Source: RFC 9162, section 2.1.3.2. */
export function verifyInclusion({ index, size, leafHash, root, proof }: Inclusion): boolean {
  if (!isSize(size) || !isSize(index) || index >= size) return false;
  let node = index;
  let last = size - 1;
  let running = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      running = nodeHash(sibling, running);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      running = nodeHash(running, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(running, root);
}

export interface Consistency {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the newer tree begins with the older one. Cost: log2(newSize) hashes. Source: RFC 9162, section 2.1.4.2. */
export function verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof }: Consistency): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot);
  const [start, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (start === undefined) return false;
  let node = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let older = start;
  let newer = start;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newer = nodeHash(newer, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(older, oldRoot) && equal(newer, newRoot);
}

function requireRange(value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new SallyportError('NOT_FOUND', {
    detail: `the log has no such proof: ${value} is not within ${least}..${most}`,
  });
}

/** Arithmetic, not bit operators: sizes may exceed 32 bits. */
function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function isPowerOfTwo(size: number): boolean {
  return largestPowerBelow(size + 1) === size;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
