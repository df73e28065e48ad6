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

/** By the first two characters of the first word: most words lead nowhere, and are not looked up as texts. */
const BY_START = new Map<number, Phrase[]>();

function startOf(word: string): number {
  return word.charCodeAt(0) * 65_536 + (word.length > 1 ? word.charCodeAt(1) : 0);
}

for (const [index, cue] of CUES.entries()) {
  for (const phrase of table[cue]) {
    const words = wordsOf(phrase);
    const [first] = words;
    if (first === undefined) continue;
    const stem = phrase.endsWith('*');
    const entry = { words, stem, bit: 1 << index };
    const known = BY_START.get(startOf(first));
    if (known === undefined) BY_START.set(startOf(first), [entry]);
    else known.push(entry);
  }
}

/** The cues among words, as a set of bits in the order of `CUES`. Cost: O(words). */
export function cuesIn(words: readonly string[]): number {
  let found = 0;
  for (let at = 0; at < words.length; at += 1) {
    const phrases = BY_START.get(startOf(words[at] ?? ''));
    if (phrases === undefined) continue;
    for (const phrase of phrases) if (stands(phrase, words, at)) found |= phrase.bit;
  }
  return found;
}

function stands({ words: phrase, stem }: Phrase, words: readonly string[], at: number): boolean {
  const last = phrase.length - 1;
  for (let offset = 0; offset < last; offset += 1) if (words[at + offset] !== phrase[offset]) return false;
  const [word, end] = [words[at + last], phrase[last]];
  if (word === undefined || end === undefined) return false;
  return stem ? word.startsWith(end) : word === end;
}

export function holds(cues: number, cue: Cue): boolean {
  return (cues & (1 << CUES.indexOf(cue))) !== 0;
}
