import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleText } from './visible-text.ts';

describe('visibleText()', () => {
  it.each([
    ['a terminal sequence', '\u001b[2J\u001b]0;title\u0007', '\\u{001b}[2J\\u{001b}]0;title\\u{0007}'],
    ['a sequence of one character', '\u009b31m', '\\u{009b}31m'],
    ['a line that writes over itself', 'pay 9\rpay 1\b', 'pay 9\\u{000d}pay 1\\u{0008}'],
    ['an override of direction', 'ab\u202ecd\u2066', 'ab\\u{202e}cd\\u{2066}'],
    ['no width', 'a\u200bb\ufeffc\u00add\u034fe', 'a\\u{200b}b\\u{feff}c\\u{00ad}d\\u{034f}e'],
    ['tag letters', '\u{e0041}\u{e007f}', '\\u{e0041}\\u{e007f}'],
    ['selectors', 'x\ufe0f\u{e0100}', 'x\\u{fe0f}\\u{e0100}'],
    ['blanks that are none', '\u3164\u2800\u115f', '\\u{3164}\\u{2800}\\u{115f}'],
    ['other spaces', 'a\u00a0b\u2003c\u3000', 'a\\u{00a0}b\\u{2003}c\\u{3000}'],
    ['other line breaks', 'a\u2028b\u2029c\u0085', 'a\\u{2028}b\\u{2029}c\\u{0085}'],
    ['half a character', 'a\ud83d', 'a\\u{d83d}'],
    ['private and unassigned characters', '\ue000\u0378', '\\u{e000}\\u{0378}'],
    ['marks in a pile', 'e\u0301\u0302\u0303\u0304\u0305', 'e\u0301\u0302\u0303\\u{0304}\\u{0305}'],
  ])('writes out %s', (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it.each([
    'Zürich, São Paulo',
    'Привет, мир',
    '日本語の文',
    'नमस्ते',
    'Ê\u0301 tiếng Việt',
    '💶 12.50 €',
    'two\nlines',
    '"<b>&amp;\\n"',
  ])('leaves %j as it is', (text) => {
    expect(visibleText(text)).toBe(text);
  });

  it('leaves nothing to write out, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visibleText(text);
        expect(visibleText(shown)).toBe(shown);
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
