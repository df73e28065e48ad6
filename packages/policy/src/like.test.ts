import type { PatternElem } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './like.ts';

/** The definition: a wildcard takes nothing, or one character and then itself again. */
function matchesByDefinition(pattern: readonly PatternElem[], text: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text === '';
  if (first !== 'Wildcard')
    return text.startsWith(first.Literal) && matchesByDefinition(rest, text.slice(first.Literal.length));
  return matchesByDefinition(rest, text) || (text !== '' && matchesByDefinition(pattern, text.slice(1)));
}

describe('compilePattern()', () => {
  it('matches what the definition matches', () => {
    const element = fc.oneof(
      fc.constant('Wildcard' as const),
      fc.constantFrom('a', 'b', 'ab').map((Literal) => ({ Literal })),
    );
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 6 }), text, (pattern, value) => {
        expect(compilePattern(pattern)(value)).toBe(matchesByDefinition(pattern, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not let the beginning and the end share characters', () => {
    expect(compilePattern([{ Literal: 'aba' }, 'Wildcard', { Literal: 'aba' }])('aba')).toBe(false);
  });
});
