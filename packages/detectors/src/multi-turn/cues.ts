import table from './cues.json' with { type: 'json' };
import { type Words, wordsOf } from './grams.ts';

/** Kinds of turns of phrase that say how a message stands to those before it. */
export type Cue = keyof typeof table;

export const CUES: readonly Cue[] = ['back', 'deepen', 'frame', 'reverse', 'excuse', 'reshape', 'join', 'refusal'];

interface Phrase {
  readonly words: readonly string[];
  /** The last word is the beginning of one. */
  readonly stem: boolean;
  readonly bit: number;
}

const SLOTS = 4_096;
/** What stands for the length of a first word that is the beginning of one, of two characters at least. */
const ANY_LENGTH = 0;
/** Phrases by the first two characters and the length of the first word, hashed: most words lead nowhere. */
const BY_START: Phrase[][] = Array.from({ length: SLOTS }, () => []);

function slotOf(text: string, start: number, length: number): number {
  const second = length === 1 ? 0 : text.charCodeAt(start + 1);
  return (text.charCodeAt(start) * 1_009 + second * 31 + length) & (SLOTS - 1);
}

for (const [index, cue] of CUES.entries()) {
  for (const phrase of table[cue]) {
    const read = wordsOf(phrase);
    const words = read.starts.map((_, at) => read.at(at));
    const [first] = words;
    if (first === undefined) continue;
    const stem = phrase.endsWith('*');
    const slot = slotOf(first, 0, stem && words.length === 1 ? ANY_LENGTH : first.length);
    BY_START[slot]?.push({ words, stem, bit: 1 << index });
  }
}

/** The cues among words, as a set of bits in the order of `CUES`. Cost: O(words). */
export function cuesIn(words: Words): number {
  const { text, starts, ends, count } = words;
  let found = 0;
  for (let at = 0; at < count; at += 1) {
    const start = starts[at] as number;
    found |= cuesAt(slotOf(text, start, (ends[at] as number) - start), words, at);
    found |= cuesAt(slotOf(text, start, ANY_LENGTH), words, at);
  }
  return found;
}

function cuesAt(slot: number, words: Words, at: number): number {
  const phrases = BY_START[slot] as readonly Phrase[];
  let found = 0;
  for (let next = 0; next < phrases.length; next += 1) {
    const phrase = phrases[next] as Phrase;
    if (stands(phrase, words, at)) found |= phrase.bit;
  }
  return found;
}

function stands({ words: phrase, stem }: Phrase, { text, starts, ends, count }: Words, at: number): boolean {
  if (at + phrase.length > count) return false;
  const last = phrase.length - 1;
  for (let offset = 0; offset <= last; offset += 1) {
    const word = phrase[offset] as string;
    const start = starts[at + offset] as number;
    const goesOn = (ends[at + offset] as number) - start - word.length;
    if (goesOn < 0 || (goesOn > 0 && !(stem && offset === last)) || !text.startsWith(word, start)) return false;
  }
  return true;
}

export function holds(cues: number, cue: Cue): boolean {
  return (cues & (1 << CUES.indexOf(cue))) !== 0;
}
