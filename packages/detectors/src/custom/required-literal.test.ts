import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { requiredLiteral } from './required-literal.ts';

test.each([
  ['PRJ-[0-9]{4}', { text: 'PRJ-', leads: true }],
  ['[A-Z]{3}/case-[0-9]+', { text: '/case-', leads: false }],
  ['\\bACME\\.internal', { text: 'ACME.internal', leads: false }],
  ['abc?defg', { text: 'defg', leads: false }],
  ['abcd{2}', { text: 'abc', leads: true }],
  ['(secret|token)-value', { text: '-value', leads: false }],
  ['alpha|beta', undefined],
  ['ab', undefined],
  ['[0-9]{9}', undefined],
  ['\\Qa|b\\E', undefined],
  ['[[:alpha:]]literal', undefined],
  ['(unclosed', undefined],
])('`requiredLiteral()` of `%s` is %o', (pattern, literal) => {
  expect(requiredLiteral(pattern)).toEqual(literal);
});

test('`requiredLiteral()` names only what stands in every match', () => {
  const pattern = fc
    .array(fc.constantFrom('abc', 'a', 'b+', 'c?', '[ab]', '(ab|c)', '(b)*', '\\.', '.', 'ab{1,2}', '\\w', '|'), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[abc.]{0,20}$/), (source, text) => {
      const literal = requiredLiteral(source);
      const matcher = RE2JS.compile(source).matcher(text);
      if (literal === undefined || !matcher.find()) return;
      const match = text.slice(matcher.start(), matcher.end());
      expect(literal.leads ? match.startsWith(literal.text) : match.includes(literal.text)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
