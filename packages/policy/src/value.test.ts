import { describe, expect, it } from 'vitest';
import { EntityRef, equalValues, FAILED, keyOf, longOf, SetValue, type Value } from './value.ts';

const record = (fields: Record<string, Value>) => new Map(Object.entries(fields));

describe('equalValues()', () => {
  it('compares sets without order and repetition, and records without order', () => {
    expect(equalValues(new SetValue([1, 2, 2]), new SetValue([2, 1]))).toBe(true);
    expect(equalValues(record({ a: 1, b: 'x' }), record({ b: 'x', a: 1 }))).toBe(true);
    expect(equalValues(new EntityRef('User', 'a'), new EntityRef('User', 'a'))).toBe(true);
  });

  it('tells types apart', () => {
    const values: Value[] = [
      1,
      '1',
      true,
      'true',
      new SetValue([]),
      record({}),
      new EntityRef('a', 'b'),
      new SetValue([1]),
      'l1',
    ];
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries()) expect(equalValues(a, b)).toBe(i === j);
    }
  });
});

describe('keyOf()', () => {
  it('lets no text imitate structure', () => {
    const pairs: [Value, Value][] = [
      [new SetValue(['a', 'b']), new SetValue(['a","sb'])],
      [record({ a: 'x', b: 'y' }), record({ 'a","sx"],["b': 'y' })],
      [new EntityRef('a::b', 'c'), new EntityRef('a', 'b::c')],
      [new SetValue(['a', 'b']), new SetValue(['a2:sb'])],
      [record({ a: 'x' }), record({ 'a2:s': 'x' })],
      [new SetValue([new SetValue(['a']), 'b']), new SetValue([new SetValue(['a', 'b'])])],
      ['l1', 1],
    ];
    for (const [a, b] of pairs) expect(keyOf(a)).not.toBe(keyOf(b));
  });

  it('grows with the value, not with every level of nesting', () => {
    let nested: Value = '"\\\\';
    for (let level = 0; level < 50; level += 1)
      nested = level % 2 === 0 ? new SetValue([nested]) : record({ a: nested });
    expect(keyOf(nested).length).toBeLessThan(500);
  });
});

describe('SetValue', () => {
  it('contains alike whether small or large', () => {
    const members = Array.from({ length: 17 }, (_, index) => `t${index}`);
    for (const size of [16, 17]) {
      const set = new SetValue(members.slice(0, size));
      expect(set.contains('t0')).toBe(true);
      expect(set.contains('t15')).toBe(true);
      expect(set.contains('t17')).toBe(false);
      expect(set.contains(new SetValue([]))).toBe(false);
    }
  });
});

describe('longOf()', () => {
  it('keeps 64 bits exactly and fails beyond them', () => {
    expect(longOf(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(longOf(2n ** 53n)).toBe(2n ** 53n);
    expect(longOf(2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
    expect(longOf(2n ** 63n)).toBe(FAILED);
    expect(longOf(-(2n ** 63n))).toBe(-(2n ** 63n));
    expect(longOf(-(2n ** 63n) - 1n)).toBe(FAILED);
  });
});
