import { isUnspaced, phraseWords } from '../words/tokens.ts';
import en from './lexicon/en.json' with { type: 'json' };
import others from './lexicon/others.json' with { type: 'json' };

/** Phrases by what they mean. An entry that ends in `*` is a stem. */
type Lexicon = Readonly<Record<string, readonly string[]>>;

const LEXICONS: readonly Lexicon[] = [en, others];

/** Ages are numbers, so no lexicon lists them. */
export const MINOR_AGE = 'minor-age';
export const ADULT_AGE = 'adult-age';

/** Every concept; its place in the list is its number in features and models. */
export const CONCEPTS: readonly string[] = [...Object.keys(en), MINOR_AGE, ADULT_AGE];

const NUMBERS = new Map(CONCEPTS.map((concept, number) => [concept, number]));

/** The number of a concept. */
export function conceptNumber(concept: string): number {
  const number = NUMBERS.get(concept);
  if (number === undefined) throw new TypeError(`no such concept: ${concept}`);
  return number;
}

/** One phrase, ready to be matched. */
export interface Phrase {
  readonly concept: number;
  /** In lower case and without Latin accents; the last may end in `*`. */
  readonly words: readonly string[];
}

/** A phrase of a script that puts no spaces between words. */
export interface Glyphs {
  readonly concept: number;
  readonly text: string;
}

/** Phrases by their first word, by the stem that their first word begins with, and by their first character. */
export interface PhraseIndex {
  readonly byWord: ReadonlyMap<string, readonly Phrase[]>;
  readonly byStem: ReadonlyMap<string, readonly Phrase[]>;
  readonly byGlyph: ReadonlyMap<string, readonly Glyphs[]>;
}

/** A phrase as the lexicon spells it. */
export interface SpelledPhrase extends Phrase {
  readonly phrase: string;
}

/** The tables of all languages, for the version of what reads them. */
export const LEXICON_TABLES: unknown = LEXICONS;

/** Every phrase of every language; of scripts without spaces, each is one word. */
export const SPELLED_PHRASES: readonly SpelledPhrase[] = LEXICONS.flatMap((lexicon) =>
  Object.entries(lexicon).flatMap(([name, phrases]) =>
    phrases.map((phrase) => ({
      concept: conceptNumber(name),
      phrase,
      words: isUnspaced(phrase.charCodeAt(0)) ? [phrase] : phraseWords(withoutAccents(phrase)),
    })),
  ),
);

/** Them all, for looking them up. */
export const PHRASES: PhraseIndex = indexOf();

function indexOf(): PhraseIndex {
  const byWord = new Map<string, Phrase[]>();
  const byStem = new Map<string, Phrase[]>();
  const byGlyph = new Map<string, Glyphs[]>();
  for (const { concept, phrase, words } of SPELLED_PHRASES) {
    const [first] = words;
    if (first === undefined) continue;
    if (isUnspaced(phrase.charCodeAt(0))) add(byGlyph, phrase.charAt(0), { concept, text: phrase });
    else if (first.endsWith('*')) add(byStem, first.slice(0, -1), { concept, words });
    else add(byWord, first, { concept, words });
  }
  return { byWord, byStem, byGlyph };
}

const STEM_CHARS_MIN = 2;
const STEM_CHARS_MAX = 14;
const phrasesByWord = new Map<string, readonly Phrase[]>();
const REMEMBERED_MAX = 16_384;
const REMEMBERED_CHARS_MAX = 40;

/**
 * The phrases that begin with a word, or with a stem of it. Cost: a look-up for a word that was seen before.
 * @param word see `plainWord()`
 */
export function phrasesOf(word: string): readonly Phrase[] {
  const known = phrasesByWord.get(word);
  if (known !== undefined) return known;
  const found = [...(PHRASES.byWord.get(word) ?? [])];
  const longest = Math.min(word.length, STEM_CHARS_MAX);
  for (let length = STEM_CHARS_MIN; length <= longest; length += 1) {
    found.push(...(PHRASES.byStem.get(word.slice(0, length)) ?? []));
  }
  // Hostile texts could fill it with words that nobody writes: then it starts anew.
  if (phrasesByWord.size >= REMEMBERED_MAX) phrasesByWord.clear();
  if (word.length <= REMEMBERED_CHARS_MAX) phrasesByWord.set(word, found);
  return found;
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const held = map.get(key);
  if (held === undefined) map.set(key, [value]);
  else held.push(value);
}

/** People leave accents out. Only Latin letters lose theirs: elsewhere a mark is part of the letter. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/([a-z])[\u0300-\u036f]+/gi, '$1')
    .normalize('NFC');
}
