import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeywordAutomaton } from './keyword-automaton.ts';

type Hit = readonly [keyword: number, end: number];

function hitsOf(automaton: KeywordAutomaton, parts: readonly string[]): Hit[] {
  const hits: Hit[] = [];
  let offset = 0;
  let state: number | undefined = parts.length === 1 ? undefined : 0;
  for (const part of parts) {
    state = automaton.scan(part, (keyword, end) => hits.push([keyword, offset + end]), state);
    offset += part.length;
  }
  return hits.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
}

const fold = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function naive(keywords: readonly string[], text: string): Hit[] {
  const hits: Hit[] = [];
  for (let end = 1; end <= text.length; end++) {
    for (const [index, keyword] of keywords.entries()) {
      if (fold(text.slice(0, end)).endsWith(fold(keyword))) hits.push([index, end]);
    }
  }
  return hits;
}

describe('KeywordAutomaton', () => {
  const unit = fc.constantFrom('a', 'b', 'A', 'é', 'ж', '世', '\ud83d', '\ude00', ' ');
  const word = fc.array(unit, { minLength: 1, maxLength: 4 }).map((units) => units.join(''));

  it('finds what a search for each keyword finds, whole and in parts', () => {
    const arbitrary = fc.tuple(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 12 }));
    fc.assert(
      fc.property(arbitrary, ([keywords, parts]) => {
        const automaton = new KeywordAutomaton(keywords);
        const text = parts.join('');
        const expected = naive(keywords, text);
        expect(hitsOf(automaton, [text])).toEqual(expected);
        expect(hitsOf(automaton, ['', ...parts])).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('finds in long texts of ASCII alone, which are read from two places, what a search for each keyword finds', () => {
    const letters = fc.constantFrom('a', 'b', 'A', ' ');
    const plain = fc.array(letters, { minLength: 1, maxLength: 5 }).map((units) => units.join(''));
    const long = fc.array(letters, { minLength: 40, maxLength: 120 }).map((units) => units.join(''));
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 6 }), fc.tuple(long, long), (keywords, [text, more]) => {
        const automaton = new KeywordAutomaton(keywords);
        expect(hitsOf(automaton, [text])).toEqual(naive(keywords, text));
        expect(hitsOf(automaton, [text, more])).toEqual(naive(keywords, text + more));
      }),
      { numRuns: 300 },
    );
  });

  it('takes thousands of keywords of many scripts', () => {
    const keywords = Array.from(
      { length: 5_000 },
      (_, index) => `${String.fromCharCode(0x4e00 + (index % 900))}key${index}`,
    );
    const automaton = new KeywordAutomaton([...keywords, 'plain']);
    const text = `PLAIN text ${keywords[4_321]} and more`;
    expect(hitsOf(automaton, [text]).map(([keyword]) => keyword)).toContain(4_321);
    expect(hitsOf(automaton, [text]).map(([keyword]) => keyword)).toContain(5_000);
  });
});
