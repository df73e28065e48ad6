import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMultipleOf } from './decimal.ts';

/** Thousandths, as the double that their decimal reads as. */
const thousandths = (count: number) => Number(`${count}e-3`);

describe('isMultipleOf()', () => {
  it('counts in decimals, however they are held', () => {
    const count = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 100_000 }), (value, divisor) => {
        expect(isMultipleOf(thousandths(value), thousandths(divisor))).toBe(value % divisor === 0);
        expect(isMultipleOf(thousandths(value * divisor), thousandths(divisor))).toBe(true);
      }),
    );
  });

  it('is exact for whole numbers of any size', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 40n }),
        fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
        (by, times) => {
          expect(isMultipleOf(by * times, by)).toBe(true);
          expect(isMultipleOf(by * times + 1n, by)).toBe(by === 1n);
        },
      ),
    );
  });

  it.each([
    [0.3, 0.1, true],
    [4.35, 0.01, true],
    [1e308, 1e-308, true],
    [5e-324, 1e308, false],
    [1e308, 3, false],
    [0, 7, true],
    [-0, 0.5, true],
    [-1.5, 0.5, true],
    [9007199254740993n, 3, true],
    [1e21, 7n, false],
    [10n ** 300n, 1e-300, true],
  ])('says of %s by %s: %s', (value, divisor, expected) => {
    expect(isMultipleOf(value, divisor)).toBe(expected);
  });
});
