import { describe, expect, it } from 'vitest';
import { amount } from './amount.ts';

describe('amount()', () => {
  it.each([
    [0, 'count', '0'],
    [1_234_567, 'count', '1,234,567'],
    [-1_234, 'count', '-1,234'],
    [1_234.56, 'count', '1,235'],
    [0.123456, 'count', '0.123'],
    [1e21, 'count', '1e+21'],
    [0.1254, 'share', '12.5 %'],
    [1, 'share', '100 %'],
    [0.00001, 'share', '0.001 %'],
    [999, 'ms', '999 ms'],
    [1_000, 'ms', '1 s'],
    [90_000, 'ms', '1.5 min'],
    [5_400_000, 'ms', '1.5 h'],
    [172_800_000, 'ms', '2 d'],
    [0.25, 'ms', '0.25 ms'],
    [1_023, 'bytes', '1,023 B'],
    [1_024, 'bytes', '1 KiB'],
    [1_572_864, 'bytes', '1.5 MiB'],
    [3_221_225_472, 'bytes', '3 GiB'],
    [12.345, { of: 'tokens/s' }, '12.3 tokens/s'],
  ] as const)('shows %s of %j as %s', (value, unit, shown) => {
    expect(amount(value, unit)).toBe(shown);
  });

  it('says of what nobody knows that it is not known, and never shows it as a number', () => {
    expect(amount(undefined, 'count')).toBe('not known');
    expect(amount(Number.NaN, 'ms')).toBe('not known');
    expect(amount(Number.POSITIVE_INFINITY, 'count')).toBe('without bound');
  });
});
