import functionWords from './function-words.json' with { type: 'json' };
import { CONCEPTS, PHRASES, withoutAccents } from './lexicon.ts';
import realWords from './real-words.json' with { type: 'json' };
import tuning from './tuning.json' with { type: 'json' };

/** Single words that people misspell to hide them: those of the concepts that weigh. */
const DISGUISED = new Set(tuning.disguised.map((concept) => CONCEPTS.indexOf(concept)));
/** Shorter words have too many neighbours. */
const VARIANT_CHARS_MIN = 4;
const STEM_CHARS_MAX = 14;
const SEGMENT_CHARS_MIN = 7;
const SEGMENT_CHARS_MAX = 60;
const SEGMENT_WORD_CHARS_MAX = 14;

/** `12yo` is an age. */
const AGE = /^\d{1,2}(?:yo|yr|yrs)$/;

const LEET: ReadonlyMap<string, string> = new Map(Object.entries(tuning.leet));

/** Every word that stands in a phrase. */
const KNOWN = new Set<string>(functionWords);
const PARTS = new Set<string>(functionWords);
/** Misspellings of words that people disguise, with the words. */
export const VARIANTS = new Map<string, string>();
readLexicon();

function readLexicon(): void {
  for (const phrases of [...PHRASES.byWord.values(), ...PHRASES.byStem.values()]) {
    for (const { words, concept } of phrases) {
      for (const word of words) {
        const plain = word.endsWith('*') ? word.slice(0, -1) : word;
        KNOWN.add(plain);
        if (plain.length >= 3) PARTS.add(plain);
      }
      const [only] = words;
      if (words.length === 1 && only !== undefined && DISGUISED.has(concept)) addVariants(only.replace('*', ''));
    }
  }
  for (const word of realWords) VARIANTS.delete(word);
}

/** The word with one letter left out or two neighbours changed; its first letter stays. */
function addVariants(word: string): void {
  if (word.length < VARIANT_CHARS_MIN) return;
  for (let at = 1; at < word.length; at += 1) {
    if (word.length > VARIANT_CHARS_MIN || at < word.length - 1) note(word.slice(0, at) + word.slice(at + 1), word);
    const swapped = `${word.slice(0, at)}${word.charAt(at + 1)}${word.charAt(at)}${word.slice(at + 2)}`;
    if (at + 1 < word.length) note(swapped, word);
  }
}

function note(variant: string, word: string): void {
  if (variant.length >= 3 && !VARIANTS.has(variant)) VARIANTS.set(variant, word);
}

/** Whether a phrase holds the word, or begins a word of it with one of the stems. */
export function isKnown(word: string): boolean {
  if (KNOWN.has(word)) return true;
  const longest = Math.min(word.length, STEM_CHARS_MAX);
  for (let length = 3; length <= longest; length += 1) if (PHRASES.byStem.has(word.slice(0, length))) return true;
  return false;
}

/** Letters that digits and signs stand for, where letters stand beside them. */
export function withoutLeet(word: string): string {
  if (!/[a-z]/.test(word) || !/[0-9@$!|]/.test(word) || AGE.test(word)) return word;
  let plain = '';
  for (const char of word) plain += LEET.get(char) ?? char;
  return plain;
}

/** Lower case, no Latin accents. */
export function plainWord(word: string): string {
  const lower = word.toLowerCase();
  for (let at = 0; at < lower.length; at += 1) if (lower.charCodeAt(at) > 127) return withoutAccents(lower);
  return lower;
}

const readings = new Map<string, readonly string[]>();
const REMEMBERED_MAX = 16_384;

/**
 * What a written word stands for: itself when it is known; else without leetspeak, without letters that are drawn out, with
 * one slip undone, or cut into the words that were written together. Cost: a look-up for a word that was seen before, else
 * O(length · 14).
 */
export function readWord(word: string): readonly string[] {
  const known = readings.get(word);
  if (known !== undefined) return known;
  const read = reading(word);
  // Hostile texts could fill it with words that nobody writes: then it starts anew.
  if (readings.size >= REMEMBERED_MAX) readings.clear();
  if (word.length <= SEGMENT_CHARS_MAX) readings.set(word, read);
  return read;
}

function reading(word: string): readonly string[] {
  if (isKnown(word) || word.length > SEGMENT_CHARS_MAX) return [word];
  const plain = withoutLeet(word);
  if (plain !== word && isKnown(plain)) return [plain];
  const ell = plain === word ? word : withoutLeet(word.replace(/[1|!]/g, 'l'));
  if (ell !== plain && isKnown(ell)) return [ell];
  const short = plain.replace(/(.)\1{2,}/g, '$1');
  if (short !== plain && isKnown(short)) return [short];
  const double = plain.replace(/(.)\1{2,}/g, '$1$1');
  if (double !== plain && isKnown(double)) return [double];
  const meant = VARIANTS.get(plain) ?? VARIANTS.get(short);
  if (meant !== undefined) return [meant];
  return (plain.length >= SEGMENT_CHARS_MIN ? segmented(plain) : undefined) ?? [plain];
}

/** The fewest words that a run of letters is made of, or undefined when it is not made of known ones. */
export function segmented(run: string): readonly string[] | undefined {
  if (run.length > SEGMENT_CHARS_MAX) return undefined;
  const best: (readonly string[] | undefined)[] = [[]];
  for (let end = 1; end <= run.length; end += 1) {
    let fewest: readonly string[] | undefined;
    for (let start = Math.max(0, end - SEGMENT_WORD_CHARS_MAX); start < end; start += 1) {
      const before = best[start];
      if (before === undefined || (fewest !== undefined && before.length + 1 >= fewest.length)) continue;
      const word = run.slice(start, end);
      if (PARTS.has(word)) fewest = [...before, word];
    }
    best[end] = fewest;
  }
  const words = best[run.length];
  return words === undefined || words.every((word) => word.length < 3) ? undefined : words;
}
