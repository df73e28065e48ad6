import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { subjectOf, unsoundCuts } from '../matches/fixtures/subject-of.ts';
import { type CustomDetectorOptions, createCustomDetector } from './create-custom-detector.ts';
import { CUSTOM_LIMITS } from './limits.ts';

interface Case {
  readonly name: string;
  readonly detector: Omit<CustomDetectorOptions, 'id'>;
  readonly text: string;
  readonly expect: readonly string[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));

function found(options: Omit<CustomDetectorOptions, 'id'>, text: string): string[] {
  const subject = subjectOf(createCustomDetector({ id: 'mine', ...options }));
  return subject.inspect(text).map(({ span }) => text.slice(span.start, span.end));
}

describe('createCustomDetector()', () => {
  test.each(cases)('finds exactly what it should in: $name', ({ detector, text, expect: expected }) => {
    expect(found(detector, text)).toEqual(expected);
  });

  test.each(cases)('`pendingFrom()` releases nothing that a match may begin in: $name', ({ detector, text }) => {
    expect(unsoundCuts(subjectOf(createCustomDetector({ id: 'mine', ...detector })), text).slice(0, 1)).toEqual([]);
  });

  test('`pendingFrom()` of keywords is sound for any keywords over any text', () => {
    const word = fc.stringMatching(/^[ab ]{0,4}[ab]$/);
    const text = fc.stringMatching(/^[ab ,]{0,24}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 5 }),
        text,
        fc.boolean(),
        (keywords, subject, wholeWords) => {
          const detector = createCustomDetector({ id: 'mine', keywords, wholeWords });
          expect(unsoundCuts(subjectOf(detector), subject).slice(0, 1)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a keyword that cannot begin in the last word holds nothing of a stream', () => {
    const subject = subjectOf(createCustomDetector({ id: 'mine', keywords: ['Project Falcon'] }));
    expect(subject.pendingFrom('we heard of')).toBe(11);
    expect(subject.pendingFrom('we heard of proj')).toBe(12);
    expect(subject.pendingFrom('we heard of project fal')).toBe(12);
    expect(subject.pendingFrom('we heard of project falcon,')).toBe(27);
  });

  test('an expression that begins with a literal holds only what the literal opened', () => {
    const subject = subjectOf(createCustomDetector({ id: 'mine', pattern: 'PRJ-[0-9]{4,8}', maxMatchChars: 12 }));
    expect(subject.pendingFrom('the number is')).toBe(13);
    expect(subject.pendingFrom('the number is PR')).toBe(14);
    expect(subject.pendingFrom('the number is PRJ-12')).toBe(14);
    expect(subject.pendingFrom('the number is PRJ-1234 and that is all')).toBe(38);
  });

  test('the version changes with the answers and not with the name', () => {
    const version = (options: Partial<CustomDetectorOptions>) =>
      createCustomDetector({ id: 'mine', keywords: ['one'], type: 'mine', ...options }).version;
    expect(version({})).toBe(version({ id: 'other' }));
    expect(version({})).not.toBe(version({ keywords: ['two'] }));
    expect(version({})).not.toBe(version({ score: 0.5 }));
  });

  test('a text that would be searched again and again is abstained from, not searched for minutes', () => {
    const detector = createCustomDetector({ id: 'mine', pattern: 'x*y|x', maxMatchChars: 4_096 });
    const outcome = subjectOf(detector).outcome('x'.repeat(32_768));
    expect(isDeepStrictEqual(outcome, { status: 'abstained', reason: 'too-much-work' })).toBe(true);
  });

  test.each<[string, Partial<CustomDetectorOptions>]>([
    ['neither keywords nor a pattern', {}],
    ['keywords and a pattern', { keywords: ['a'], pattern: 'a' }],
    ['too many keywords', { keywords: Array.from({ length: CUSTOM_LIMITS.maxKeywords + 1 }, (_, i) => `word${i}`) }],
    ['a blank keyword', { keywords: [' '] }],
    ['a keyword that is too long', { keywords: ['a'.repeat(CUSTOM_LIMITS.maxKeywordChars + 1)] }],
    ['a pattern that is too long', { pattern: 'a'.repeat(CUSTOM_LIMITS.maxPatternChars + 1) }],
    ['a pattern that does not compile', { pattern: '(a' }],
    ['a pattern beyond the linear syntax', { pattern: '(a)\\1' }],
    ['a pattern that compiles to too much', { pattern: '((a{100}){100}){2}' }],
    ['a pattern that matches the empty text', { pattern: 'a*' }],
    ['flags that are unknown', { pattern: 'a', flags: 'g' }],
    ['a longest match out of range', { pattern: 'a', maxMatchChars: CUSTOM_LIMITS.maxMatchChars + 1 }],
    ['a score out of range', { keywords: ['a'], score: 1.5 }],
    ['a type that is no name', { keywords: ['a'], type: 'Not A Name' }],
    ['no checkpoint', { keywords: ['a'], points: [] }],
  ])('refuses %s as `CONFIG_INVALID`', (_, options) => {
    expect(() => createCustomDetector({ id: 'mine', ...options })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', detail: expect.stringContaining('`mine`') }),
    );
  });
});
