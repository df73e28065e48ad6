import { describe, expect, it } from 'vitest';
import { randomIds } from './random-ids.ts';

describe('randomIds()', () => {
  it('gives ids of the length that is asked for, none of them twice', () => {
    const newId = randomIds();
    const ids = Array.from({ length: 3_000 }, (_, n) => newId(n % 2 === 0 ? 8 : 16));
    for (const [n, id] of ids.entries()) expect(id).toMatch(n % 2 === 0 ? /^[0-9a-f]{16}$/ : /^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
