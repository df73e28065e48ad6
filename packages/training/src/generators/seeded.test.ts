import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Seeded } from './seeded.ts';

describe('Seeded', () => {
  it('draws alike for one seed and stays below the bound', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 10_000 }), (seed, below) => {
        const one = new Seeded(seed);
        const other = new Seeded(seed);
        for (let at = 0; at < 5; at += 1) {
          const drawn = one.below(below);
          expect(drawn).toBe(other.below(below));
          expect(drawn).toBeGreaterThanOrEqual(0);
          expect(drawn).toBeLessThan(below);
        }
      }),
    );
  });

  it('draws each of a few alike often', () => {
    const seeded = new Seeded('even');
    const counts = [0, 0, 0, 0];
    for (let at = 0; at < 8_000; at += 1) {
      const drawn = seeded.below(4);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  it('has nothing to pick from an empty list', () => {
    expect(() => new Seeded('none').pick([])).toThrow(RangeError);
  });
});
