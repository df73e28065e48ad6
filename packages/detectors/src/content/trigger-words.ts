import type { Trigger } from '@sallyport/core';
import commonWords from './common-words.json' with { type: 'json' };
import en from './lexicon/en.json' with { type: 'json' };
import { CONCEPTS, conceptNumber, PHRASES, type Phrase, SPELLED_PHRASES } from './lexicon.ts';
import tuning from './tuning.json' with { type: 'json' };

/** A phrase that opens a reading by itself. */
export const ALONE = 'alone';
/** One so short that it stands in many words: it counts as a word of its own. */
export const ALONE_SHORT = 'alone-short';
/** A phrase of ordinary texts: it opens a reading beside another trigger. */
export const PAIRED = 'paired';
export const PAIRED_SHORT = 'paired-short';
/** A word with signs, digits or spaces within. */
export const DISGUISED = 'disguised';

const SHORT_CHARS_MAX = 5;
/** Shorter words, disguised, are too many other things. */
const DISGUISED_CHARS_MIN = 4;

const TRIGGERS = new Set(tuning.triggers.map(conceptNumber));
const BESIDE = new Set(tuning.beside.map(conceptNumber));
const HIDDEN = new Set(tuning.disguised.map(conceptNumber));
const PAIRS = new Set(commonWords.paired);
/** The digit that people write for a letter. */
const DIGITS = new Map(
  Object.entries(tuning.leet).flatMap(([sign, letter]) => (/\d/.test(sign) ? [[letter, sign] as const] : [])),
);
const SECONDS = new Set(commonWords.second);

const weighs = Uint8Array.from(CONCEPTS, (_, concept) => (TRIGGERS.has(concept) ? 1 : 0));

/** Whether a concept weighs by itself, so that what stands around it is read. */
export function isTrigger(concept: number): boolean {
  return weighs[concept] === 1;
}

/** Whether a concept lends weight to a trigger beside it in a short message. */
export function isBeside(concept: number): boolean {
  return BESIDE.has(concept);
}

/** Triggers of which ordinary texts are full: they take another one. */
const common = new Set<readonly string[]>();
for (const { words } of [...PHRASES.byWord.values(), ...PHRASES.byStem.values()].flat()) {
  const phrase = words.join(' ');
  if (PAIRS.has(phrase) || SECONDS.has(phrase)) common.add(words);
}

export function isCommon({ words }: Phrase): boolean {
  return common.has(words);
}

/** What the shared prefilter looks for. */
export const CONTENT_TRIGGERS: readonly Trigger[] = triggersOf();

function triggersOf(): readonly Trigger[] {
  const alone = new Set<string>();
  const paired = new Set<string>();
  const stems = new Set<string>();
  const english = Object.entries(en).filter(([name]) => HIDDEN.has(conceptNumber(name)));
  const disguised = new Set(english.flatMap(([, phrases]) => phrases.flatMap(disguisesOf)));
  for (const { concept, phrase, words } of SPELLED_PHRASES) {
    if (!TRIGGERS.has(concept)) continue;
    const key = words.join(' ');
    if (SECONDS.has(key)) continue;
    const rule = PAIRS.has(key) ? paired : alone;
    for (const form of formsOf(phrase, words)) {
      rule.add(form);
      if (phrase.endsWith('*')) stems.add(form);
    }
  }
  const isShort = (keyword: string) =>
    !stems.has(keyword) && keyword.length <= SHORT_CHARS_MAX && /^[a-z0-9]+$/.test(keyword);
  const isLong = (keyword: string) => !isShort(keyword);
  return [
    { rule: ALONE, keywords: [...alone].filter(isLong) },
    { rule: ALONE_SHORT, keywords: [...alone].filter(isShort), as: 'word' },
    { rule: PAIRED, keywords: [...paired].filter(isLong) },
    { rule: PAIRED_SHORT, keywords: [...paired].filter(isShort), as: 'word' },
    { rule: DISGUISED, keywords: [...disguised], as: 'word' },
  ];
}

/** A phrase as it may be written: with and without accents, and with a large first letter where the prefilter folds none. */
function formsOf(phrase: string, words: readonly string[]): readonly string[] {
  return [phrase, words.join(' ')].flatMap((form) => {
    const plain = form.replaceAll('*', '').toLowerCase();
    return plain.charCodeAt(0) < 128 ? [plain] : [plain, plain.charAt(0).toUpperCase() + plain.slice(1)];
  });
}

/** `h4te`, `f*ck`, `h a t e`: a sign for the first vowel, for all of them, or for all letters that have one; or letters apart. */
function disguisesOf(phrase: string): readonly string[] {
  const word = phrase.replace('*', '');
  if (word.length < DISGUISED_CHARS_MIN || !/^[a-z]+$/.test(word) || SECONDS.has(phrase)) return [];
  const signed = (letters: RegExp) => word.replace(letters, (letter) => DIGITS.get(letter) ?? letter);
  const forms = [
    [...word].join(' '),
    signed(/./g),
    signed(/[aeio]/g),
    signed(/[aeio]/),
    word.replace(/(?<=^.+)[aeiou]/, '*'),
  ];
  return forms.filter((form) => form !== word);
}
