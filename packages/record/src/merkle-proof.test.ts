import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Consistency,
  consistencyProof,
  type Inclusion,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './merkle-proof.ts';
import { leafHash, rootOf } from './merkle-tree.ts';
import { naivePath, naiveProof } from './testing/naive-tree.ts';

const MOST = 40;
const leaves = Array.from({ length: MOST }, (_, n) => Buffer.from(`leaf ${n}`));
const hashes = leaves.map(leafHash);
const slice = (from: number, to: number) => hashes.slice(from, to);
const rangeRoot = (from: number, to: number) => rootOf(slice(from, to));
const root = (size: number) => rangeRoot(0, size);
const asHex = (proof: readonly Uint8Array[]) => proof.map((hash) => Buffer.from(hash).toString('hex'));

const inclusion = (index: number, size: number): Inclusion => ({
  index,
  size,
  leafHash: hashes[index] as Uint8Array,
  root: root(size),
  proof: inclusionProof(rangeRoot, index, size),
});
const consistency = (oldSize: number, newSize: number): Consistency => ({
  oldSize,
  newSize,
  oldRoot: root(oldSize),
  newRoot: root(newSize),
  proof: consistencyProof(rangeRoot, oldSize, newSize),
});

describe('inclusion', () => {
  it('of every leaf in every tree up to 40 leaves is proved as RFC 9162 defines it, and verified', () => {
    for (let size = 1; size <= MOST; size++) {
      for (let index = 0; index < size; index++) {
        const claim = inclusion(index, size);
        expect(asHex(claim.proof)).toEqual(asHex(naivePath(index, leaves.slice(0, size))));
        expect(verifyInclusion(claim)).toBe(true);
      }
    }
  });

  it('is refused for another leaf, place, root, and for a proof with anything changed, added or left out', () => {
    const claims = fc.integer({ min: 2, max: MOST }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
    fc.assert(
      fc.property(claims, fc.nat(), fc.nat(31), ([index, size], at, byte) => {
        const claim = inclusion(index, size);
        const { proof } = claim;
        const other = (index + 1) % size;
        const lies: Inclusion[] = [
          { ...claim, leafHash: hashes[other] as Uint8Array },
          { ...claim, index: other },
          { ...claim, root: root(size - 1) },
          { ...claim, proof: proof.slice(1) },
          { ...claim, proof: [...proof, hashes[0] as Uint8Array] },
          { ...claim, proof: proof.map((hash, n) => (n === at % proof.length ? flipped(hash, byte) : hash)) },
        ];
        for (const lie of lies) expect(verifyInclusion(lie)).toBe(false);
      }),
    );
  });

  it.each([-1, 1.5, Number.NaN, 5])('is refused at place %d of 5', (index) => {
    expect(verifyInclusion({ ...inclusion(0, 5), index })).toBe(false);
    expect(() => inclusionProof(rangeRoot, index, 5)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('consistency', () => {
  it('of every pair of trees up to 40 leaves is proved as RFC 9162 defines it, and verified', () => {
    for (let newSize = 1; newSize <= MOST; newSize++) {
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        const claim = consistency(oldSize, newSize);
        expect(asHex(claim.proof)).toEqual(asHex(naiveProof(oldSize, leaves.slice(0, newSize))));
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  it('is refused for other sizes and roots, and for a proof with anything changed, added or left out', () => {
    const claims = fc
      .integer({ min: 3, max: MOST })
      .chain((size) => fc.tuple(fc.integer({ min: 2, max: size - 1 }), fc.constant(size)));
    fc.assert(
      fc.property(claims, fc.nat(), fc.nat(31), ([oldSize, newSize], at, byte) => {
        const claim = consistency(oldSize, newSize);
        const { proof } = claim;
        const lies: Consistency[] = [
          { ...claim, oldRoot: root(oldSize - 1) },
          { ...claim, newRoot: root(newSize - 1) },
          { ...claim, oldSize: oldSize - 1 },
          { ...claim, oldSize: newSize },
          { ...claim, newSize: oldSize },
          { ...claim, proof: proof.slice(1) },
          { ...claim, proof: [...proof, hashes[0] as Uint8Array] },
          { ...claim, proof: proof.map((hash, n) => (n === at % proof.length ? flipped(hash, byte) : hash)) },
        ];
        for (const lie of lies) expect(verifyConsistency(lie)).toBe(false);
      }),
    );
  });

  it('is refused between a tree and itself when the roots differ, and from the empty tree', () => {
    expect(verifyConsistency({ ...consistency(5, 5), newRoot: root(4) })).toBe(false);
    expect(verifyConsistency({ ...consistency(5, 6), oldSize: 0 })).toBe(false);
    expect(() => consistencyProof(rangeRoot, 0, 5)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(() => consistencyProof(rangeRoot, 6, 5)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

function flipped(hash: Uint8Array, byte: number): Uint8Array {
  return Uint8Array.from(hash, (value, n) => (n === byte ? value ^ 1 : value));
}
