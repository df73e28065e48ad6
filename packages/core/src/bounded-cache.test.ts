import { describe, expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

describe('BoundedCache', () => {
  it('drops what was used longest ago when there are too many entries', () => {
    const cache = new BoundedCache<number>({ maxEntries: 2, maxWeight: 100 });
    cache.set('a', 1, 1);
    cache.set('b', 2, 1);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3, 1);
    expect(cache.get('b')).toBeUndefined();
    expect([cache.get('a'), cache.get('c')]).toEqual([1, 3]);
  });

  it('keeps the sum of weights within its bound, and never takes what is heavier alone', () => {
    const cache = new BoundedCache<number>({ maxEntries: 10, maxWeight: 10 });
    cache.set('a', 1, 6);
    cache.set('b', 2, 5);
    expect(cache.get('a')).toBeUndefined();
    cache.set('huge', 3, 11);
    expect(cache.get('huge')).toBeUndefined();
    expect(cache.get('b')).toBe(2);
    cache.set('b', 4, 10);
    expect([cache.get('b'), cache.size]).toEqual([4, 1]);
  });
});
