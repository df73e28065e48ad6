import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalNode } from './canonical-node.ts';
import { parseJson } from './parse-json.ts';

function canonical(text: string): string {
  const node = parseJson(text, { maxDepth: 64, strict: true });
  if (isFault(node)) throw new Error(node.fault);
  return canonicalNode(node, text);
}

describe('canonicalNode()', () => {
  it('sorts members, drops white space and escapes alike', () => {
    expect(canonical(' { "b" : [ 1 , true ], "\\u0061": "\\u0041" } ')).toBe('{"a":"A","b":[1,true]}');
  });

  it('leaves numbers as they are written, since readers differ in what they keep of them', () => {
    expect(canonical('[1.0, 1, 10000000000000000000001]')).toBe('[1.0,1,10000000000000000000001]');
  });

  it('gives the same text for the same value, however it is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\\u[dD][89a-fA-F]/.test(text));
        expect(canonical(JSON.stringify(value, undefined, 3))).toBe(canonical(text));
      }),
    );
  });
});
