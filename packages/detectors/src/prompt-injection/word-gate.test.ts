import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { phraseWords } from '../words/tokens.ts';
import { WordGate } from '../words/word-gate.ts';
import { lexiconEntries } from './lexicon.ts';

const words = [...new Set(lexiconEntries().map(({ phrase }) => phraseWords(phrase.replace(/^=/, ''))[0] ?? ''))];
const whole = words.filter((word) => !word.endsWith('*'));
const stems = words.filter((word) => word.endsWith('*')).map((word) => word.slice(0, -1));

describe('WordGate', () => {
  const gate = new WordGate();
  for (const word of whole) gate.addWord(word);
  for (const stem of stems) gate.addStem(stem);

  test('lets every first word through, in any case and wherever it stands, and every word with one of the stems', () => {
    const known = fc.oneof(
      fc.constantFrom(...whole),
      fc.tuple(fc.constantFrom(...stems), fc.string()).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(known, fc.boolean(), fc.array(fc.string(), { minLength: 2, maxLength: 2 }), (word, upper, around) => {
        const [before = '', after = ''] = around;
        // `ß` in capitals is another word.
        const written = upper && word.toUpperCase().toLowerCase() === word ? word.toUpperCase() : word;
        const text = before + written + after;
        expect(gate.mayBegin(text, before.length, before.length + written.length)).toBe(true);
      }),
    );
  });

  test('turns most other words away', () => {
    const other = 'zebra quilt umbrella kayak violet jumping walnut xylophone bakery daisy'.split(' ');
    const passed = other.filter((word) => gate.mayBegin(word, 0, word.length));
    expect(passed.length).toBeLessThan(other.length / 2);
  });
});
