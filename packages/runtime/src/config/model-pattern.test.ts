import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsModel, namedModels, routeFor } from './model-pattern.ts';

const base = {
  blockForm: 'refusal',
  hold: { textChars: 1, textMs: 1, toolCallBytes: 1, posture: 'closed' },
  detectors: {},
} as const;

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

describe('routeFor()', () => {
  const routes = [
    { name: 'small', provider: 'a', models: ['*-mini', 'tiny'], ...base },
    { name: 'rest', provider: 'b', models: ['gpt-*'], ...base },
  ];

  test('takes the first route that fits, or none', () => {
    expect(routeFor({ routes }, 'gpt-4o-mini')?.name).toBe('small');
    expect(routeFor({ routes }, 'gpt-4o')?.name).toBe('rest');
    expect(routeFor({ routes }, 'other')).toBeUndefined();
  });

  test('`namedModels()` lists names without patterns', () => {
    expect(namedModels({ routes })).toEqual(['tiny']);
  });
});
