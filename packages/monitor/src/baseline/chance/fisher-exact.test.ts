import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeastByChance, fisherExact } from './fisher-exact.ts';
import { logGamma } from './log-gamma.ts';

describe('logGamma()', () => {
  it('is the logarithm of factorials', () => {
    let log = 0;
    for (let n = 1; n <= 170; n += 1) {
      log += Math.log(n);
      expect(logGamma(n + 1)).toBeCloseTo(log, 9);
    }
  });
});

const count = fc.integer({ min: 1, max: 60 });
const share = count.chain((all) => fc.record({ count: fc.constant(all), hits: fc.nat(all) }));

describe('fisherExact()', () => {
  it('is what tables say', () => {
    // The tea that a lady tastes: R. A. Fisher, "The Design of Experiments" (1935), chapter 2.
    expect(atLeastByChance({ hits: 3, count: 4 }, { hits: 1, count: 4 })).toBeCloseTo(17 / 70, 12);
    expect(fisherExact({ hits: 4, count: 4 }, { hits: 0, count: 4 })).toBeCloseTo(2 / 70, 12);
    expect(fisherExact({ hits: 0, count: 1_000 }, { hits: 0, count: 50 })).toBe(1);
    expect(fisherExact({ hits: 0, count: 0 }, { hits: 5, count: 50 })).toBe(1);
  });

  it('counts every table that is as far apart or farther', () => {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const hits = a.hits + b.hits;
        const ways = (all: number, some: number) => {
          let product = 1;
          for (let at = 0; at < some; at += 1) product *= (all - at) / (at + 1);
          return product;
        };
        let [upper, all] = [0, 0];
        for (let at = Math.max(0, hits - b.count); at <= Math.min(a.count, hits); at += 1) {
          const table = ways(a.count, at) * ways(b.count, hits - at);
          all += table;
          if (at >= a.hits) upper += table;
        }
        expect(atLeastByChance(a, b)).toBeCloseTo(upper / all, 9);
        expect(fisherExact(a, b)).toBe(fisherExact(b, a));
      }),
    );
  });

  it('holds for large samples', () => {
    const p = fisherExact({ hits: 50_000, count: 1_000_000 }, { hits: 5_300, count: 100_000 });
    // The normal distribution says 4.1 standard deviations, about.
    expect(p).toBeGreaterThan(1e-5);
    expect(p).toBeLessThan(1e-4);
    expect(fisherExact({ hits: 0, count: 1_000_000 }, { hits: 1_000_000, count: 1_000_000 })).toBe(0);
  });
});
