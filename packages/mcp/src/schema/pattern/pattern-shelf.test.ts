import { describe, expect, it } from 'vitest';
import { CheckRun } from '../check-run.ts';
import { SCHEMA_LIMITS } from '../schema-limits.ts';
import { PatternShelf, type SchemaPattern } from './pattern-shelf.ts';

function added(pattern: string, limits = SCHEMA_LIMITS): SchemaPattern {
  const found = new PatternShelf(limits).add(pattern);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('PatternShelf', () => {
  it('takes a pattern of so many characters, and none that is longer', () => {
    const limits = { ...SCHEMA_LIMITS, maxPatternChars: 8 };
    expect(new PatternShelf(limits).add('a'.repeat(8))).toBeTypeOf('object');
    expect(new PatternShelf(limits).add('a'.repeat(9))).toBe('too-large');
  });

  it('takes a pattern of so many instructions, and none that makes more, without compiling it', () => {
    const limits = { ...SCHEMA_LIMITS, maxPatternInstructions: 25 };
    expect(new PatternShelf(limits).add('a{10}')).toBeTypeOf('object');
    expect(new PatternShelf(limits).add('a{11}')).toBe('too-large');
    expect(new PatternShelf(SCHEMA_LIMITS).add('(?:(?:a{1000}){1000}){1000}')).toBe('too-large');
  });

  it('takes patterns of so many instructions together; the same one twice is one', () => {
    const shelf = new PatternShelf({ ...SCHEMA_LIMITS, maxSchemaInstructions: 50 });
    expect(shelf.add('a{10}')).toBeTypeOf('object');
    expect(shelf.add('a{10}')).toBeTypeOf('object');
    expect(shelf.add('b{10}')).toBeTypeOf('object');
    expect(shelf.add('c')).toBe('too-large');
  });

  it('does not know what RE2 does not know', () => {
    expect(new PatternShelf(SCHEMA_LIMITS).add('(?=a)')).toBe('unknown');
    expect(new PatternShelf(SCHEMA_LIMITS).add('\\p{Script=Nowhere}')).toBe('unknown');
    expect(new PatternShelf(SCHEMA_LIMITS).add('(?:a{500}){3}')).toBe('unknown');
  });

  it('matches the same after the engine was made to forget', () => {
    const pattern = added('^(?:ab)+$');
    const run = new CheckRun(SCHEMA_LIMITS);
    for (let round = 0; round < 3; round++) {
      expect(pattern.matches('ab'.repeat(10_000), run)).toBe(true);
      expect(pattern.matches('ab'.repeat(3), run)).toBe(true);
      expect(pattern.matches('aba', run)).toBe(false);
    }
  });

  it('stops the run before a search that costs more than is left', () => {
    const text = 'a'.repeat(7_999);
    const size = { ...SCHEMA_LIMITS, maxSteps: 9_001 + 9 * 16 };
    const pattern = added('^[ab]*$');
    const enough = new CheckRun(size);
    expect([pattern.matches(text, enough), enough.isStopped]).toEqual([true, false]);
    const short = new CheckRun({ ...size, maxSteps: 9_000 });
    expect([pattern.matches(text, short), short.mismatch?.keyword]).toEqual([false, 'maxSteps']);
  });
});
