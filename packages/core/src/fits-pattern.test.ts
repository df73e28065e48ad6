import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsAny, fitsPattern } from './fits-pattern.ts';

describe('fitsPattern()', () => {
  test.each([
    ['gpt-4o', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['gpt-*', 'gpt-4o-mini', true],
    ['gpt-*', 'GPT-4o', false],
    ['*-mini', 'gpt-4o-mini', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['*', '', true],
    ['a.c', 'abc', false],
  ])('`%s` on `%s` is %s', (pattern, model, fits) => {
    expect(fitsPattern(pattern, model)).toBe(fits);
  });

  test('agrees with the regular expression that a pattern means', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(word, name, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(fitsPattern(pattern, text)).toBe(expression.test(text));
      }),
    );
  });
});

describe('fitsAny()', () => {
  test('is true where one of the patterns fits, and never for none', () => {
    expect(fitsAny(['a', 'b*'], 'bc')).toBe(true);
    expect(fitsAny(['a', 'b*'], 'c')).toBe(false);
    expect(fitsAny([], '')).toBe(false);
  });
});
