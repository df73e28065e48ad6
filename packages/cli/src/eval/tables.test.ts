import { CATEGORIES } from '@sallyport/core';
import { findingTypesOf, loadConfig } from '@sallyport/runtime';
import { describe, expect, test } from 'vitest';
import heads from './heads.json' with { type: 'json' };
import { HEADS } from './labelled-row.ts';
import piiTypes from './pii-types.json' with { type: 'json' };

describe('heads.json', () => {
  test('has every head, with categories that exist', () => {
    expect(Object.keys(heads).sort()).toEqual([...HEADS].sort());
    const categories = Object.values(heads).flatMap((head): readonly string[] => head.categories);
    expect(categories.filter((category) => !(CATEGORIES as readonly string[]).includes(category))).toEqual([]);
  });
});

describe('pii-types.json', () => {
  test('leads to types that a detector yields, each label to one', () => {
    const loaded = loadConfig({ env: {}, cwd: '/nonexistent' });
    const types = 'config' in loaded ? findingTypesOf(loaded.config) : [];
    expect(Object.keys(piiTypes).filter((type) => !types.includes(type))).toEqual([]);
    const labels = Object.values(piiTypes).flat();
    expect(new Set(labels).size).toBe(labels.length);
  });
});
