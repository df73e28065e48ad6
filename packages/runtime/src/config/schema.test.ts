import { TOOL_INTEGRITY } from '@sallyport/core';
import { CUSTOM_LIMITS, createCatalogue, DEFAULT_MAX_MATCH_CHARS } from '@sallyport/detectors';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_DETECTORS } from './detectors-schema.ts';
import { configFileSchema } from './schema.ts';

describe('configFileSchema', () => {
  test('names every detector of the catalogue and what vets tools, and no other', () => {
    const ids = [...createCatalogue().map(({ id }) => id), TOOL_INTEGRITY];
    expect([...BUILT_IN_DETECTORS].sort()).toEqual([...ids].sort());
    const { custom: _custom, ...named } = configFileSchema.parse({}).detectors;
    expect(Object.keys(named).sort()).toEqual([...ids].sort());
  });

  test('takes custom detectors up to the limits of the engine, and no further', () => {
    const parse = (detector: object) =>
      configFileSchema.safeParse({ detectors: { custom: [{ id: 'x', ...detector }] } });
    const keywords = Array.from({ length: CUSTOM_LIMITS.maxKeywords }, (_, index) => `word ${index}`);
    expect(parse({ keywords }).success).toBe(true);
    expect(parse({ keywords: [...keywords, 'one more'] }).success).toBe(false);
    expect(parse({ pattern: 'x'.repeat(CUSTOM_LIMITS.maxPatternChars) }).success).toBe(true);
    expect(parse({ pattern: 'x'.repeat(CUSTOM_LIMITS.maxPatternChars + 1) }).success).toBe(false);
    expect(parse({ pattern: 'x', maxMatchChars: CUSTOM_LIMITS.maxMatchChars + 1 }).success).toBe(false);
    expect(
      configFileSchema.parse({ detectors: { custom: [{ id: 'x', pattern: 'x' }] } }).detectors.custom[0]?.maxMatchChars,
    ).toBe(DEFAULT_MAX_MATCH_CHARS);
  });
});
