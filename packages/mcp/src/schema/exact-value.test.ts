import { isFault } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactValue } from './exact-value.ts';

function read(text: string): unknown {
  const node = parseJson(text, { maxDepth: 64, strict: true });
  if (isFault(node)) throw new Error(node.fault);
  return exactValue(node, text);
}

describe('exactValue()', () => {
  it('gives what `JSON.parse()` gives', () => {
    const short = (_name: string, value: unknown) => (typeof value === 'number' ? value % 2 ** 53 : value);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value, short);
        expect(JSON.stringify(read(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('keeps whole numbers that no double holds', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (whole) => {
        const value = read(String(whole));
        expect(BigInt(value as bigint | number)).toBe(whole);
        expect(typeof value).toBe(Number.isSafeInteger(Number(whole)) ? 'number' : 'bigint');
      }),
    );
  });

  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['1.0', 1],
    ['1e2', 100],
    ['1.50e1', 15],
    ['120e-1', 12],
    ['9007199254740993.0', 9007199254740993n],
    ['1e22', 10n ** 22n],
    ['1.5e22', 15n * 10n ** 21n],
    ['-0', -0],
    ['0e999999', 0],
    ['0.000', 0],
    ['0.1', 0.1],
    ['1e-300', 1e-300],
    [`1${'0'.repeat(307)}`, 10n ** 307n],
    [`1${'0'.repeat(308)}`, Number.NaN],
    ['1e307', 10n ** 307n],
    ['1e308', Number.NaN],
    ['1e999999999999', Number.NaN],
    ['1e-999999999999', Number.NaN],
    ['9007199254740992.5', Number.NaN],
    ['123456789012345678901.5', Number.NaN],
    [`0.${'0'.repeat(400)}1`, Number.NaN],
    [`1${'0'.repeat(1_024)}`, Number.NaN],
    [`0.${'0'.repeat(1_023)}`, Number.NaN],
  ])('reads case %# as it is written, or as nothing that compares', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('takes `__proto__` for a member, and gives objects no prototype', () => {
    const value = read('{"__proto__":{"a":1},"constructor":2}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBeNull();
  });
});
