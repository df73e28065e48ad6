import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsModel, namedModels } from './model-pattern.ts';

describe('fitsModel()', () => {
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
    expect(fitsModel(pattern, model)).toBe(fits);
  });

  test('agrees with the regular expression that a pattern means', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(word, name, (pattern, model) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(fitsModel(pattern, model)).toBe(expression.test(model));
      }),
    );
  });
});

describe('namedModels()', () => {
  test('lists names once, without patterns', () => {
    const routes = [{ models: ['*-mini', 'tiny'] }, { models: ['gpt-*', 'tiny', 'large'] }];
    expect(namedModels({ routes })).toEqual(['tiny', 'large']);
  });
});
