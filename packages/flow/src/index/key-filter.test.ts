import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, hashOf, KeyFilter } from './key-filter.ts';

describe('KeyFilter', () => {
  it('never denies a key that is there', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), (keys) => {
        const filter = new KeyFilter(keys.map(hashOf));
        expect(keys.every((key) => filter.mayHave(hashOf(key)))).toBe(true);
      }),
    );
  });

  it('denies nearly every key that is not', () => {
    const filter = new KeyFilter([...Array(2_000)].map((_, n) => hashOf(`key ${n}`)));
    const wrong = [...Array(2_000)].filter((_, n) => filter.mayHave(hashOf(`other ${n}`)));
    expect(wrong.length).toBeLessThan(100);
  });

  it('denies no key by the columns of a block, however large the filter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), (size) => {
        const keys = [...Array(size)].map((_, n) => hashOf(`key ${n}`));
        const columns = new Set<number>();
        new KeyFilter(keys).eachColumn((column) => columns.add(column));
        expect(keys.every((key) => columnsOf(key).every((column) => columns.has(column)))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('stays within its bounds, however many keys there are', () => {
    expect(new KeyFilter(new Array(1_000_000).fill(7)).weight).toBe(16_384);
  });
});
