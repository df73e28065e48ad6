import table from './cues.json' with { type: 'json' };
import { wordsOf } from './grams.ts';

/** Kinds of turns of phrase that say how a message stands to those before it. */
export type Cue = keyof typeof table;

export const CUES: readonly Cue[] = ['back', 'deepen', 'frame', 'reverse', 'excuse', 'reshape', 'join', 'refusal'];

interface Phrase {
  readonly words: readonly string[];
  /** The last word is the beginning of one. */
  readonly stem: boolean;
  readonly bit: number;
}

/** By the first word in whole; phrases whose first word is a stem stand apart, by its first characters. */
const BY_WORD = new Map<string, Phrase[]>();
const BY_STEM = new Map<string, Phrase[]>();
const STEM_KEY_CHARS = 3;

for (const [index, cue] of CUES.entries()) {
  for (const phrase of table[cue]) {
    const words = wordsOf(phrase);
    const [first] = words;
    if (first === undefined) continue;
    const stem = phrase.endsWith('*');
    const byStem = stem && words.length === 1;
    const book = byStem ? BY_STEM : BY_WORD;
    const key = byStem ? first.slice(0, STEM_KEY_CHARS) : first;
    const entry = { words, stem, bit: 1 << index };
    const known = book.get(key);
    if (known === undefined) book.set(key, [entry]);
    else known.push(entry);
  }
}

/** The cues among words, as a set of bits in the order of `CUES`. Cost: O(words). */
export function cuesIn(words: readonly string[]): number {
  let found = 0;
  for (const [at, word] of words.entries()) {
    const phrases = BY_WORD.get(word);
    if (phrases !== undefined) found |= bitsAt(words, at, phrases);
    const stems = BY_STEM.get(word.slice(0, STEM_KEY_CHARS));
    if (stems !== undefined) found |= bitsAt(words, at, stems);
  }
  return found;
}

function bitsAt(words: readonly string[], at: number, phrases: readonly Phrase[]): number {
  let found = 0;
  for (const phrase of phrases) {
    const last = phrase.words.length - 1;
    const fits = phrase.words.every((word, offset) => {
      const here = words[at + offset];
      return offset === last && phrase.stem ? here?.startsWith(word) === true : here === word;
    });
    if (fits) found |= phrase.bit;
  }
  return found;
}

export function holds(cues: number, cue: Cue): boolean {
  return (cues & (1 << CUES.indexOf(cue))) !== 0;
}
