import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalArguments } from './canonical-arguments.ts';

describe('canonicalArguments()', () => {
  it('is the same for what differs in order, white space and escapes alone', () => {
    const one = canonicalArguments('{"to": "ann@example.com", "sum": 12.50}');
    expect(canonicalArguments('{"sum":12.50,"to":"ann@\\u0065xample.com"}\n')).toBe(one);
    expect(one).toBe('json:{"sum":12.50,"to":"ann@example.com"}');
  });

  it('keeps numbers as they are written: readers keep different numbers of their digits', () => {
    expect(canonicalArguments('[1000000000000000000001]')).not.toBe(canonicalArguments('[1000000000000000000002]'));
    expect(canonicalArguments('[1.0]')).not.toBe(canonicalArguments('[1]'));
  });

  it.each([
    ['a member twice', '{"to":"a","to":"b"}', '{"to":"b"}'],
    ['no JSON', '{"to":', '{"to":""}'],
    ['nothing', '', 'null'],
    ['deep nesting', `${'['.repeat(70)}${']'.repeat(70)}`, '[]'],
    ['a text that looks like what a value becomes', 'json:{}', '{}'],
  ])('binds %s as it stands', (_what, text, other) => {
    expect(canonicalArguments(text)).toBe(`text:${text}`);
    expect(canonicalArguments(other)).not.toBe(`text:${text}`);
  });

  it('tells every two values apart that JSON tells apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
        const sorted = (text: string) => JSON.stringify(JSON.parse(text), sortedMembers);
        expect(canonicalArguments(one) === canonicalArguments(other)).toBe(sorted(one) === sorted(other));
        expect(canonicalArguments(JSON.stringify(a, undefined, 2))).toBe(canonicalArguments(one));
      }),
    );
  });
});

function sortedMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
