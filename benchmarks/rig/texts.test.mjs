import { describe, expect, it } from 'vitest';
import { textSource } from './texts.mjs';

describe('textSource()', () => {
  it('never makes a text twice', () => {
    const text = textSource(7);
    const texts = Array.from({ length: 2_000 }, () => text(100));
    expect(new Set(texts).size).toBe(2_000);
  });

  it('reaches the length asked for, by at most one sentence more', () => {
    const text = textSource(8);
    for (const chars of [10, 1_000, 5_000]) {
      const { length } = text(chars);
      expect(length).toBeGreaterThanOrEqual(chars);
      expect(length).toBeLessThan(chars + 300);
    }
  });
});
