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

/** The tables of all languages, for the version of what reads them. */
export const LEXICON_TABLES: unknown = LEXICONS;

/** Every phrase of every language. */
export const PHRASES: PhraseIndex = indexOf();

function indexOf(): PhraseIndex {
  const byWord = new Map<string, Phrase[]>();
  const byStem = new Map<string, Phrase[]>();
  const byGlyph = new Map<string, Glyphs[]>();
  for (const lexicon of LEXICONS) {
    for (const [name, phrases] of Object.entries(lexicon)) {
      const concept = conceptNumber(name);
      for (const phrase of phrases) {
        if (isUnspaced(phrase.charCodeAt(0))) {
          add(byGlyph, phrase.charAt(0), { concept, text: phrase });
          continue;
        }
        const words = phraseWords(withoutAccents(phrase));
        const [first] = words;
        if (first === undefined) continue;
        if (first.endsWith('*')) add(byStem, first.slice(0, -1), { concept, words });
        else add(byWord, first, { concept, words });
      }
    }
  }
  return { byWord, byStem, byGlyph };
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
