import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareMixes, type Mix } from './compare-mixes.ts';

const mix = fc
  .tuple(...['a', 'b', 'c', 'd', 'e'].map((kind) => fc.tuple(fc.constant(kind), fc.integer({ min: 0, max: 400 }))))
  .filter((counts) => counts.some(([, count]) => count > 0));

describe('compareMixes()', () => {
  it('finds nothing between a mix and itself, or twice of it', () => {
    fc.assert(
      fc.property(mix, (counts) => {
        const twice: Mix = counts.map(([kind, count]) => [kind, count * 2]);
        expect(compareMixes(counts, counts)).toMatchObject({ psi: 0, js: 0 });
        expect(compareMixes(counts, twice)?.js).toBeCloseTo(0, 12);
        expect(compareMixes(counts, twice)?.sigmas).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('stays within its bounds, and says the same of the divergence either way round', () => {
    fc.assert(
      fc.property(mix, mix, (before, after) => {
        const there = compareMixes(before, after);
        const back = compareMixes(after, before);
        expect(there?.psi).toBeGreaterThanOrEqual(0);
        expect(there?.js).toBeGreaterThanOrEqual(-1e-12);
        expect(there?.js).toBeLessThanOrEqual(1 + 1e-12);
        expect(there?.js).toBeCloseTo(back?.js ?? Number.NaN, 12);
        expect(there?.sigmas).toBeCloseTo(back?.sigmas ?? Number.NaN, 6);
      }),
    );
  });

  it('calls the same shares chance in a small sample and a move in a large one', () => {
    const before: Mix = [
      ['stop', 80],
      ['length', 20],
    ];
    const after: Mix = [
      ['stop', 68],
      ['length', 32],
    ];
    const larger = (counts: Mix): Mix => counts.map(([kind, count]) => [kind, count * 20]);
    expect(compareMixes(before, after)?.sigmas).toBeLessThan(3);
    expect(compareMixes(larger(before), larger(after))?.sigmas).toBeGreaterThan(6);
  });

  it('gives the value of a worked example', () => {
    // (0.3 - 0.2) ln(0.3 / 0.2) + (0.7 - 0.8) ln(0.7 / 0.8) = 0.0539; the divergence by its definition, bits.
    const found = compareMixes(
      [
        ['a', 20_000],
        ['b', 80_000],
      ],
      [
        ['a', 30_000],
        ['b', 70_000],
      ],
    );
    expect(found?.psi).toBeCloseTo(0.0539, 4);
    const bits = (p: number, q: number) => p * Math.log2(p / ((p + q) / 2));
    const divergence = (bits(0.2, 0.3) + bits(0.3, 0.2) + bits(0.8, 0.7) + bits(0.7, 0.8)) / 2;
    expect(found?.js).toBeCloseTo(divergence, 12);
    expect(found?.moved).toHaveLength(2);
    expect(found?.moved).toContainEqual({ kind: 'a', before: 0.2, after: 0.3 });
    expect(found?.moved).toContainEqual({ kind: 'b', before: 0.8, after: 0.7 });
  });

  it('counts together what is too rare to say anything, and says nothing of nothing', () => {
    const rare: Mix = Array.from({ length: 100 }, (_, n) => [`rare-${n}`, 1]);
    const other: Mix = Array.from({ length: 100 }, (_, n) => [`else-${n}`, 1]);
    const common: Mix = [['common', 900]];
    expect(compareMixes([...common, ...rare], [...common, ...other])).toMatchObject({ psi: 0 });
    expect(compareMixes([], common)).toBeUndefined();
    expect(compareMixes(common, [])).toBeUndefined();
  });
});
