import { describe, expect, it } from 'vitest';
import { CompiledPatterns } from './compiled-patterns.ts';

const of = (source: string, instructions: number, sets = 0) => ({ source, instructions, sets });

describe('CompiledPatterns', () => {
  it('keeps so many instructions, and lets all go for one more', () => {
    const patterns = new CompiledPatterns();
    patterns.compile(of('a', 65_535));
    patterns.compile(of('b', 1));
    expect(patterns.get(of('a', 65_535))).toBeDefined();
    patterns.compile(of('c', 1));
    expect([patterns.get(of('a', 65_535)), patterns.get(of('b', 1))]).toEqual([undefined, undefined]);
    expect(patterns.get(of('c', 1))).toBeDefined();
  });

  it('lets the engine remember so many characters, by the size of what it remembers', () => {
    const plain = new CompiledPatterns();
    plain.compile(of('a', 64));
    plain.searched(of('a', 64), 32_768);
    expect(plain.get(of('a', 64))).toBeDefined();
    plain.searched(of('a', 64), 1);
    expect(plain.get(of('a', 64))).toBeUndefined();
    const unicode = new CompiledPatterns();
    unicode.compile(of('[\\p{L}]', 64, 1));
    unicode.searched(of('[\\p{L}]', 64, 1), 3_000);
    expect(unicode.get(of('[\\p{L}]', 64, 1))).toBeUndefined();
  });
});
