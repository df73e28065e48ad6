import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { translatePattern } from './translate-pattern.ts';

/** Whether a text matches, or `undefined` where the pattern is not taken. */
function matches(pattern: string, text: string): boolean | undefined {
  const translated = translatePattern(pattern);
  return translated === undefined ? undefined : RE2JS.compile(translated.source).test(text);
}

const char = fc.constantFrom(
  'a',
  'b',
  'Z',
  '0',
  '_',
  '-',
  ' ',
  '\n',
  '\u00a0',
  '\u2028',
  'é',
  '😀',
  '[',
  ']',
  '^',
  '$',
  '{',
);
const text = fc.array(char, { maxLength: 6 }).map((chars) => chars.join(''));
const literal = fc.constantFrom(
  'a',
  'b',
  'Z',
  '0',
  '_',
  '-',
  'é',
  '😀',
  '\\-',
  '\\^',
  '\\u0061',
  '\\x62',
  '\\u{1F600}',
);
const set = fc.constantFrom('\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\p{L}', '\\P{L}', '\\p{Lowercase_Letter}');
const inClass = fc.constantFrom(
  'a',
  'b',
  'Z',
  '_',
  '[',
  '^',
  '.',
  '$',
  'a-z',
  '0-9',
  '\\-',
  '\\]',
  '\\u00e9',
  '😀',
  '\\n',
);
const charClass = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(inClass, set), { maxLength: 4 }))
  .map(([negated, items]) => `[${negated ? '^' : 'a'}${items.join('')}]`);
const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?');
const patterns = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 2 },
    literal,
    set,
    charClass,
    fc.constant('.'),
    tie('pattern').map((inner) => `(?:${inner})`),
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?<name>${inner})`),
  ),
  pattern: fc
    .tuple(
      fc.constantFrom('', '', '^'),
      fc.array(fc.tuple(tie('atom'), quantifier), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '', '$', '\\b', '|b', '|'),
    )
    .map(([from, terms, to]) => `${from}${terms.map(([atom, times]) => atom + times).join('')}${to}`),
})).pattern;

function isNative(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') !== undefined;
  } catch {
    return false;
  }
}

describe('translatePattern()', () => {
  it('matches what ECMA-262 matches with the flag `u`', () => {
    fc.assert(
      fc.property(patterns, fc.array(text, { minLength: 3, maxLength: 6 }), (pattern, texts) => {
        fc.pre(isNative(pattern));
        for (const each of texts)
          expect({ pattern, each, found: matches(pattern, each) }).toEqual({
            pattern,
            each,
            found: new RegExp(pattern, 'u').test(each),
          });
      }),
      { numRuns: 1_000 },
    );
  });

  it('says at least how many instructions RE2 will make of it', () => {
    fc.assert(
      fc.property(patterns, (pattern) => {
        const translated = translatePattern(pattern);
        if (translated === undefined) return;
        expect(RE2JS.compile(translated.source).programSize()).toBeLessThanOrEqual(translated.instructions);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['', 'anything', true],
    ['^a$', 'a\n', false],
    ['^.$', '\u2028', false],
    ['^\\s$', '\ufeff', true],
    ['^\\S+$', 'a\u3000', false],
    ['^[^\\S]$', '\v', true],
    ['^\\w$', 'é', false],
    ['^\\d+$', '٣', false],
    ['^\\p{Letter}+$', 'éß', true],
    ['^\\p{Script=Greek}$', 'λ', true],
    ['^\\p{sc=Greek}$', 'l', false],
    ['^\\p{gc=Lu}$', 'É', true],
    ['^\\cJ$', '\n', true],
    ['^\\0$', '\0', true],
    ['^[\\b]$', '\b', true],
    ['^\\ud83d\\ude00$', '😀', true],
    ['^.$', '😀', true],
    ['^[]$', '', false],
    ['[]', 'a', false],
    ['^[^]$', '\n', true],
    ['^[[:alpha:]]$', 'a]', true],
    ['^[\\w-.]+$', 'a-.', true],
    ['^[a-\\d]+$', 'a-1', true],
    ['^{{a}}$', '{{a}}', true],
    ['^a]}$', 'a]}', true],
    ['^\\/a\\-b\\_$', '/a-b_', true],
    ['^(?:a+)+$', `${'a'.repeat(5_000)}!`, false],
    ['^[A-Z]+$', 'K', true],
  ])('reads `%s` against %j as ECMA-262 does: %s', (pattern, given, expected) => {
    expect(matches(pattern, given)).toBe(expected);
  });

  it.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?<!a)',
    '(a)\\1',
    '(?<n>a)\\k<n>',
    '(?i)a',
    '(?i:a)',
    '(?P<n>a)',
    '\\A',
    '\\z',
    '\\Z',
    '\\Qa\\E',
    '\\pL',
    '\\p{Greek}',
    '\\p{Script=L}',
    '\\p{Emoji}',
    '\\01',
    '\\a',
    '\\u12',
    '\\ud800',
    '\\u{110000}',
    'a{1001}',
    'a{2,1}',
    'a{,3}',
    'a**',
    '*a',
    '^*',
    '(',
    ')',
    'a)',
    '(a',
    '[a',
    '[b-a]',
    '[\\B]',
    '\\',
    '\ud800',
    '[\udc00]',
  ])('does not take `%s`', (pattern) => {
    expect(translatePattern(pattern)).toBeUndefined();
  });
});
