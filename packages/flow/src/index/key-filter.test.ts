import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, KeyFilter } from './key-filter.ts';

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

  it('stays within its bounds, however many keys there are', () => {
    expect(new KeyFilter(new Array(1_000_000).fill(7)).weight).toBe(16_384);
  });
});
