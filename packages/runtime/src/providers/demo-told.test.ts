import { describe, expect, it } from 'vitest';
import { isTold } from './demo-told.ts';

const told = (texts: readonly string[], body: string) => isTold(texts, Buffer.from(body));

describe('isTold()', () => {
  it('finds each text within a string, however it is escaped and wherever it stands', () => {
    expect(told(['say "b\u00e4"'], '{"a":[{"b":"please say \\"b\\u00e4\\" now"}]}')).toBe(true);
    expect(told(['one', 'two'], '["one","two"]')).toBe(true);
  });

  it('needs all of them whole: neither a missing one, nor names, nor what two strings make together', () => {
    expect(told(['one', 'two'], '["one"]')).toBe(false);
    expect(told(['one'], '{"one":"1"}')).toBe(false);
    expect(told(['onetwo'], '["one","two"]')).toBe(false);
  });

  it('what is no JSON told nothing, and strings below the depth are not looked for', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}"one"${']'.repeat(depth)}`;
    expect(told(['one'], 'one')).toBe(false);
    expect([told(['one'], nested(65)), told(['one'], nested(66))]).toEqual([true, false]);
  });
});
