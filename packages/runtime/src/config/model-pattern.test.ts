import { describe, expect, test } from 'vitest';
import { namedModels } from './model-pattern.ts';

describe('namedModels()', () => {
  test('lists names once, without patterns', () => {
    const routes = [{ models: ['*-mini', 'tiny'] }, { models: ['gpt-*', 'tiny', 'large'] }];
    expect(namedModels({ routes })).toEqual(['tiny', 'large']);
  });
});
