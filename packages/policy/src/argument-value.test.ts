import { describe, expect, it } from 'vitest';
import { type RecordType, readArgumentTypes } from './argument-type.ts';
import { argumentValue } from './argument-value.ts';
import { DecimalValue, equalValues, SetValue, type Value } from './value.ts';

function typed(properties: object, required: readonly string[] = Object.keys(properties)): RecordType {
  const types = readArgumentTypes(JSON.stringify({ type: 'object', properties, required }));
  if (types === undefined) throw new Error('no types');
  return types;
}

const one = (type: string, value: unknown): Value | undefined => {
  const record = argumentValue(typed({ a: { type } }), { a: value });
  return record instanceof Map ? record.get('a') : undefined;
};

describe('argumentValue()', () => {
  it('gives every type its value, and leaves out what has none', () => {
    const type = typed({
      text: { type: 'string' },
      tags: { type: 'array', items: { type: 'integer' } },
      to: { type: 'object', properties: { name: { type: 'string' } } },
      any: true,
    });
    const given = { text: 'é', tags: [2, 1, 2], to: { name: 'ann', age: 3 }, any: { x: 1 }, more: 'x' };
    const value = argumentValue(type, given);
    const expected = new Map<string, Value>([
      ['text', 'é'],
      ['tags', new SetValue([1, 2])],
      ['to', new Map([['name', 'ann']])],
    ]);
    expect(value !== undefined && equalValues(value, expected)).toBe(true);
  });

  it('takes `null` for nothing where nothing may be, and no other', () => {
    const optional = typed({ a: { type: 'string' } }, []);
    expect(argumentValue(optional, { a: null })).toEqual(new Map());
    expect(argumentValue(optional, {})).toEqual(new Map());
    expect(argumentValue(typed({ a: { type: 'string' } }), { a: null })).toBeUndefined();
    expect(argumentValue(typed({ a: { type: 'string' } }), {})).toBeUndefined();
  });

  it.each([
    ['string', 7],
    ['string', '\ud800'],
    ['boolean', 'true'],
    ['integer', '7'],
    ['integer', 7.5],
    ['integer', Number.NaN],
    ['number', Number.POSITIVE_INFINITY],
    ['number', '1.5'],
  ])('does not take what is no %s: %j', (type, value) => {
    expect(one(type, value)).toBeUndefined();
  });

  it('does not take an array, a text or nothing for the arguments, nor one wrong item of a list', () => {
    const type = typed({ a: { type: 'array', items: { type: 'string' } } });
    for (const given of [undefined, null, [], 'x', { a: 'x' }, { a: ['x', 1] }]) {
      expect(argumentValue(type, given)).toBeUndefined();
    }
    expect(argumentValue(typed({ a: { type: 'object', properties: { b: { type: 'string' } } } }), { a: [] })).toBe(
      undefined,
    );
  });

  it('takes members of an object without a prototype, `__proto__` too, and none that are inherited', () => {
    const type = readArgumentTypes('{"type":"object","properties":{"__proto__":{"type":"string"}}}');
    if (type === undefined) throw new Error('no types');
    expect(argumentValue(type, JSON.parse('{"__proto__":"x"}'))).toEqual(new Map([['__proto__', 'x']]));
    expect(argumentValue(type, {})).toEqual(new Map());
    expect(argumentValue(typed({ toString: { type: 'string' } }, []), {})).toEqual(new Map());
  });

  it.each([
    [9_007_199_254_740_991, 9_007_199_254_740_991],
    [9_007_199_254_740_993n, 9_007_199_254_740_993n],
    [7n, 7],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [-(2n ** 63n), -(2n ** 63n)],
    [-0, 0],
  ])('gives the whole number %s its Long', (given, value) => {
    expect(one('integer', given)).toBe(value);
  });

  it.each([
    [1.5, '1.5000'],
    [-0.25, '-0.2500'],
    [0, '0.0000'],
    [1_000, '1000.0000'],
    [922_337_203_685_477n, '922337203685477.0000'],
  ])('gives the number %s its decimal', (given, text) => {
    const value = one('number', given);
    expect(value instanceof DecimalValue && String(value)).toBe(text);
  });

  it.each([
    ['integer', 2n ** 63n],
    ['integer', 1e30],
    ['number', 0.12345],
    ['number', 1e-7],
    ['number', 922_337_203_685_478n],
  ])('gives an %s that Cedar cannot hold, %s, a value that is equal to itself alone', (type, given) => {
    const value = one(type, given);
    const again = one(type, given);
    if (value === undefined || again === undefined) throw new Error('no value');
    expect(equalValues(value, again)).toBe(true);
    expect(equalValues(value, 7)).toBe(false);
    expect(equalValues(value, one(type, type === 'integer' ? 2n ** 64n : 0.54321) ?? 0)).toBe(false);
  });
});
