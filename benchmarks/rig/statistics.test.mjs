import { describe, expect, it } from 'vitest';
import { quantile } from './statistics.mjs';

describe('quantile()', () => {
  it('takes the nearest rank, whatever the order', () => {
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(quantile([5, 1, 4, 2, 3], 0.99)).toBe(5);
    expect(quantile([], 0.5)).toBe(0);
  });
});
