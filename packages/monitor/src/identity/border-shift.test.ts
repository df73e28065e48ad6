import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { borderShift, type CanaryRound, isBorder, pooledRounds } from './border-shift.ts';

const answers = fc
  .tuple(...['a', 'b', 'c'].map((answer) => fc.tuple(fc.constant(answer), fc.integer({ min: 0, max: 20 }))))
  .filter((counts) => counts.some(([, count]) => count > 0))
  .map((counts) => new Map(counts));
const round = fc.array(answers, { minLength: 1, maxLength: 4 });
const of = (...inputs: readonly Readonly<Record<string, number>>[]): CanaryRound =>
  inputs.map((counts) => new Map(Object.entries(counts)));

describe('borderShift()', () => {
  it('is none between a round and itself, however often it is asked', () => {
    fc.assert(
      fc.property(round, (one) => {
        expect(borderShift(one, one)).toBeCloseTo(0, 12);
        expect(borderShift(one, pooledRounds(one, one))).toBeCloseTo(0, 12);
      }),
    );
  });

  it('stays within 0 and 1, and is the same either way round', () => {
    fc.assert(
      fc.property(round, round, (one, other) => {
        const shift = borderShift(one, other) ?? Number.NaN;
        expect(shift).toBeGreaterThanOrEqual(0);
        expect(shift).toBeLessThanOrEqual(1);
        expect(borderShift(other, one)).toBeCloseTo(shift, 12);
      }),
    );
  });

  it('is the mean over inputs of what moved from one answer to others', () => {
    expect(borderShift(of({ a: 5, b: 5 }, { a: 10 }), of({ a: 9, b: 1 }, { c: 3 }))).toBeCloseTo((0.4 + 1) / 2, 12);
  });

  it('counts only inputs that both answered, and says nothing of none', () => {
    expect(borderShift(of({ a: 1 }, { a: 1 }), of({ a: 1 }, {}))).toBe(0);
    expect(borderShift(of({ a: 1 }), of({}))).toBeUndefined();
    expect(borderShift(of({ a: 1 }), [])).toBeUndefined();
  });
});

describe('isBorder()', () => {
  it('holds where no answer came too often, up to that share', () => {
    expect(
      isBorder(
        new Map([
          ['a', 17],
          ['b', 3],
        ]),
      ),
    ).toBe(true);
    expect(
      isBorder(
        new Map([
          ['a', 18],
          ['b', 3],
        ]),
      ),
    ).toBe(false);
    expect(isBorder(new Map())).toBe(false);
  });
});
