import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson()', () => {
  it('sorts members by UTF-16 code units, deep down, and writes no white space', () => {
    const value = {
      b: [{ z: 1, a: 2 }],
      a: null,
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '\u{1f600}': 4,
      '\u0080': 5,
      ö: 6,
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"a":null,"b":[{"a":2,"z":1}],"\u0080":5,"ö":6,"€":1,"\u{1f600}":4,"\ufb33":3}',
    );
  });

  it('writes numbers as ECMAScript does', () => {
    const numbers = [
      JSON.parse('333333333.33333329'),
      1e30,
      4.5,
      2e-3,
      0.000000000000000000000000001,
      -0,
      9007199254740992,
    ];
    expect(canonicalJson(numbers)).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0,9007199254740992]');
  });

  it('escapes only what must be escaped', () => {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\"/<\u007f')).toBe('"€$\\u000f\\nA\'B\\"\\\\\\"/<\u007f"');
  });

  it('sorts names that are array indexes as text, and keeps `__proto__` a member', () => {
    const value = JSON.parse('{"10":1,"9":2,"a":{"__proto__":3,"A":4,"2":5,"02":6}}');
    expect(canonicalJson(value)).toBe('{"10":1,"9":2,"a":{"02":6,"2":5,"A":4,"__proto__":3}}');
  });

  it('leaves out what is undefined, and loses no record over what JSON cannot say', () => {
    expect(canonicalJson({ a: undefined, b: [Number.NaN], 1: undefined, c: Number.POSITIVE_INFINITY })).toBe(
      '{"b":[null],"c":null}',
    );
    expect(canonicalJson({ a: '\ud800', b: undefined })).toBe('{"a":"\\ud800"}');
  });

  it('says the same of a value whatever order its members came in, and says it all', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(namesInOrder(text)).toBe(true);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

/** Reads members in the order of the text, which JSON.parse would not keep for names that are array indexes. */
function namesInOrder(text: string): boolean {
  const lists: string[][] = [];
  for (const [token, name] of text.matchAll(/[{}]|("(?:[^"\\]|\\.)*")(?=:)|"(?:[^"\\]|\\.)*"/g)) {
    if (token === '{') lists.push([]);
    else if (token === '}') {
      const names = lists.pop() ?? [];
      if (names.some((later, n) => n > 0 && later <= (names[n - 1] ?? ''))) return false;
    } else if (name !== undefined) lists.at(-1)?.push(JSON.parse(name));
  }
  return true;
}
