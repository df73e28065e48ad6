import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange, EMPTY_ROOT, frontierFits, leafHash, rootOf } from './merkle-tree.ts';
import { naiveRoot } from './testing/naive-tree.ts';
import vectors from './testing/rfc6962-vectors.json' with { type: 'json' };

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const leaves = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 70 });

describe('the tree of RFC 6962', () => {
  it('has the published root for each of the reference leaves', () => {
    const hashes = vectors.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));
    expect(vectors.roots).toHaveLength(vectors.leaves.length + 1);
    vectors.roots.forEach((root, size) => {
      expect(hex(rootOf(hashes.slice(0, size)))).toBe(root);
    });
  });

  it('CompactRange agrees with the recursive definition at every size', () => {
    fc.assert(
      fc.property(leaves, (list) => {
        const range = new CompactRange();
        list.forEach((leaf, n) => {
          range.append(leafHash(leaf));
          expect(range.size).toBe(n + 1);
          expect(hex(range.root())).toBe(hex(naiveRoot(list.slice(0, n + 1))));
        });
      }),
      { numRuns: 30 },
    );
  });

  it('CompactRange goes on from its frontier as if it had never stopped', () => {
    fc.assert(
      fc.property(leaves, fc.nat(70), (list, cut) => {
        const hashes = list.map(leafHash);
        const before = new CompactRange();
        for (const hash of hashes.slice(0, cut)) before.append(hash);
        expect(frontierFits(before.size, before.frontier)).toBe(true);
        const after = new CompactRange(before.size, before.frontier);
        for (const hash of hashes.slice(cut)) after.append(hash);
        expect(hex(after.root())).toBe(hex(rootOf(hashes)));
      }),
    );
  });

  it('the root without leaves is the hash of nothing', () => {
    expect(hex(new CompactRange().root())).toBe(hex(EMPTY_ROOT));
  });
});

describe('frontierFits()', () => {
  it.each([
    [0, [], true],
    [5, [32, 32], true],
    [5, [32], false],
    [5, [32, 31], false],
    [-1, [], false],
    [1.5, [32], false],
    [Number.NaN, [], false],
  ])('of size %d with roots of %j bytes is %j', (size, lengths, fits) => {
    expect(
      frontierFits(
        size,
        lengths.map((length) => new Uint8Array(length)),
      ),
    ).toBe(fits);
  });
});
