import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from './secret.ts';

describe('Secret', () => {
  const secret = new Secret('the-value');

  test('reveals its value on demand alone', () => {
    expect(secret.reveal()).toBe('the-value');
    for (const shown of [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 5 }),
      Object.values(secret).join(),
    ]) {
      expect(shown).not.toContain('the-value');
    }
  });
});
