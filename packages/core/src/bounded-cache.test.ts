import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

describe('BoundedCache', () => {
  it('keeps what is used and drops what nobody asked for', () => {
    const cache = new BoundedCache<number>({ maxEntries: 4, maxWeight: 100 });
    cache.set('used', 1, 1);
    for (let index = 0; index < 20; index += 1) {
      cache.set(`other ${index}`, index, 1);
      expect(cache.get('used')).toBe(1);
    }
    expect(cache.get('other 0')).toBeUndefined();
    expect(cache.get('other 19')).toBe(19);
  });

  it('never takes what is heavier than half of the bound, and replaces what it has', () => {
    const cache = new BoundedCache<number>({ maxEntries: 10, maxWeight: 10 });
    cache.set('huge', 3, 6);
    expect(cache.get('huge')).toBeUndefined();
    cache.set('a', 1, 5);
    cache.set('a', 2, 5);
    expect(cache.get('a')).toBe(2);
  });

  it('answers with the last value set or with nothing, and holds no more than its bounds', () => {
    const step = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const cache = new BoundedCache<number>({ maxEntries: 6, maxWeight: 12 });
        const model = new Map<string, { readonly value: number; readonly weight: number }>();
        for (const [value, [key, weight]] of steps.entries()) {
          cache.set(`k${key}`, value, weight);
          model.set(`k${key}`, { value, weight });
          const held = [...model].filter(([name, known]) => {
            const found = cache.get(name);
            expect([undefined, known.value]).toContain(found);
            return found !== undefined;
          });
          // Looking at all of them moves what is kept about, so that the young generation alone is sure to be met.
          expect(held.length).toBeLessThanOrEqual(6);
          expect(held.reduce((sum, [, known]) => sum + known.weight, 0)).toBeLessThanOrEqual(12);
        }
      }),
    );
  });

  it('`delete()` takes an entry and its weight away, young or old', () => {
    const cache = new BoundedCache<number>({ maxEntries: 4, maxWeight: 8 });
    cache.set('a', 1, 4);
    cache.delete('a');
    cache.set('b', 2, 4);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
    cache.set('c', 3, 4);
    cache.delete('b');
    cache.delete('never');
    expect([cache.get('b'), cache.get('c')]).toEqual([undefined, 3]);
  });
});
