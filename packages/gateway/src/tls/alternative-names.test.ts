import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternativeNames } from './alternative-names.ts';

describe('alternativeNames()', () => {
  it('reads names of all kinds', () => {
    expect(alternativeNames('URI:spiffe://a/b, DNS:x.example, IP Address:127.0.0.1')).toEqual([
      { type: 'URI', name: 'spiffe://a/b' },
      { type: 'DNS', name: 'x.example' },
      { type: 'IP Address', name: '127.0.0.1' },
    ]);
    expect(alternativeNames('')).toEqual([]);
  });

  it('one name never passes for two, as node quotes what could', () => {
    const evil = 'evil.example, URI:spiffe://example.org/agents/planner';
    expect(alternativeNames(`DNS:${JSON.stringify(evil)}`)).toEqual([{ type: 'DNS', name: evil }]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), (names) => {
        const text = names.map((name) => `URI:${JSON.stringify(name)}`).join(', ');
        expect(alternativeNames(text)).toEqual(names.map((name) => ({ type: 'URI', name })));
      }),
    );
  });

  it.each(['DNS', 'DNS:a,URI:b', 'DNS:a"b', 'DNS:"a', 'DNS:"\\x", URI:b', ', DNS:a', 'DNS:a, , URI:b'])(
    'gives no names at all for what it cannot read: `%s`',
    (text) => {
      expect(alternativeNames(text)).toEqual([]);
    },
  );
});
