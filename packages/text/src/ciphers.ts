import type { Decoding, Span } from '@sallyport/core';
import { englishWordsIn, isEnglishWord } from './english-words.ts';
import { FoldWriter } from './fold-writer.ts';
import type { LayerSource } from './layers.ts';
import { readAsset } from './read-asset.ts';

/** Ways of writing a whole text that people read and keyword lists don't. */
export type CipherKind = Extract<Decoding, 'broken-words' | 'leet' | 'rot13' | 'reversed' | 'pig-latin'>;

/** One way of writing, as it announces itself, and how it is undone. */
export interface Cipher {
  readonly kind: CipherKind;
  /** What the shared scan looks for: words in this way of writing. */
  readonly keywords: readonly string[];
  /** Words in this way of writing from which a stretch of text counts as written so. */
  readonly minWords: number;
  /** Whether the word that begins at a hit is written so. Cost: bounded. */
  announces(text: string, at: number): boolean;
  /** The readings of a stretch of text, of which `written` reaches from its first announcing word to its last. Cost: O(length). */
  undo(stretch: string, written: Span): readonly LayerSource[];
}

interface Tables {
  readonly announcing: string;
  readonly broken: string;
  readonly leetAnnouncing: string;
  readonly leetLetters: Readonly<Record<string, string>>;
  readonly onsets: string;
}

const TABLES = readAsset('ciphers.json') as Tables;
const ANNOUNCING = TABLES.announcing.split(' ');
/** Longest word that is looked at. */
const MAX_WORD_CHARS = 24;

const NO_READINGS: readonly LayerSource[] = [];

/** The word that begins at `at`, in lower case; empty when none begins there. */
function wordAt(text: string, at: number): string {
  if (isLetter(text.charCodeAt(at - 1))) return '';
  let end = at;
  while (end - at <= MAX_WORD_CHARS && isLetter(text.charCodeAt(end))) end++;
  return text.slice(at, end).toLowerCase();
}

function isLetter(unit: number): boolean {
  const lower = unit | 32;
  return lower >= 97 && lower <= 122;
}

/** A reading is one when it is better English than what it was made from. */
function ifBetter(stretch: string, readings: readonly LayerSource[]): readonly LayerSource[] {
  const before = englishWordsIn(stretch);
  return readings.filter(({ text }) => englishWordsIn(text) > before);
}

function edited(writer: FoldWriter): LayerSource | undefined {
  const folded = writer.finish();
  if (folded === undefined) return undefined;
  return { text: folded.text, toSource: (start, end) => folded.map.toSource(start, end) };
}

function each(
  stretch: string,
  { kind, words }: { readonly kind: CipherKind; readonly words: RegExp },
  read: (word: string) => string | undefined,
): LayerSource | undefined {
  const writer = new FoldWriter(stretch);
  for (const { 0: word, index } of stretch.matchAll(words)) {
    const plain = read(word);
    if (plain !== undefined && plain !== word) writer.replace(kind, { start: index, end: index + word.length }, plain);
  }
  return edited(writer);
}

const sameSpan = (start: number, end: number): Span => ({ start, end });

export function rotated(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter >= 'a' ? 97 : 65;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** Whether undoing makes better English of a stretch, or of what is written so in it: plain text around that is none any more when it is undone too. */
function isBetter(stretch: string, { start, end }: Span, undo: (text: string) => string): boolean {
  return [stretch, stretch.slice(start, end)].some((text) => englishWordsIn(undo(text)) > englishWordsIn(text));
}

const ROT13: Cipher = {
  kind: 'rot13',
  keywords: ANNOUNCING.map(rotated),
  minWords: 2,
  announces: (text, at) => isEnglishWord(rotated(wordAt(text, at))),
  undo: (stretch, written) =>
    isBetter(stretch, written, rotated) ? [{ text: rotated(stretch), toSource: sameSpan }] : NO_READINGS,
};

/** By code point, so that no pair of surrogates is turned round. */
export function backwards(text: string): string {
  return [...text].reverse().join('');
}

const REVERSED: Cipher = {
  kind: 'reversed',
  keywords: ANNOUNCING.map(backwards).filter((word) => !isEnglishWord(word)),
  minWords: 2,
  announces(text, at) {
    const word = wordAt(text, at);
    return isEnglishWord(backwards(word)) && !isEnglishWord(word);
  },
  /** The text as a whole, and word by word: which one it is, nothing tells. */
  undo(stretch, written) {
    const n = stretch.length;
    const whole = {
      text: backwards(stretch),
      toSource: (start: number, end: number) => ({ start: n - end, end: n - start }),
    };
    const byWord = (text: string) => each(text, { kind: 'reversed', words: /[a-z]{2,}/gi }, backwards);
    const words = isBetter(stretch, written, (text) => byWord(text)?.text ?? text) ? byWord(stretch) : undefined;
    return [...(isBetter(stretch, written, backwards) ? [whole] : []), ...(words === undefined ? [] : [words])];
  },
};

const ONSETS = new Set(TABLES.onsets.split(' '));
const MAX_ONSET_CHARS = 4;

/** `ignore` is `ignoreay`, `ignoreway` or `ignoreyay`, `previous` is `eviouspray`. */
export function pigLatinOf(word: string): string {
  const onset = /^(?:qu|[^aeiou]+qu|[^aeiou]+)?/.exec(word)?.[0] ?? '';
  return `${word.slice(onset.length)}${onset}ay`;
}

/** What a word of Pig Latin stands for: a known word, or what has the longest beginning that English words have. */
function fromPigLatin(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (isEnglishWord(lower)) return undefined;
  const stem = lower.slice(0, -2);
  let guess = stem;
  for (let onset = 0; onset <= Math.min(MAX_ONSET_CHARS, stem.length - 1); onset++) {
    const cut = stem.length - onset;
    const plain = stem.slice(cut) + stem.slice(0, cut);
    if (isEnglishWord(plain)) return plain;
    if (ONSETS.has(stem.slice(cut))) guess = plain;
  }
  const vowelled = /[wy]$/.test(stem) ? stem.slice(0, -1) : stem;
  return isEnglishWord(vowelled) ? vowelled : guess;
}

const PIG_LATIN: Cipher = {
  kind: 'pig-latin',
  keywords: [
    ...new Set(
      ANNOUNCING.flatMap((word) =>
        /^[aeiou]/.test(word) ? [`${word}ay`, `${word}way`, `${word}yay`] : [pigLatinOf(word), `${word}ay`],
      ),
    ),
  ].filter((word) => word.length > 5),
  minWords: 2,
  announces: (text, at) => wordAt(text, at).endsWith('ay') && isEnglishWord(fromPigLatin(wordAt(text, at)) ?? ''),
  undo(stretch) {
    const words = each(stretch, { kind: 'pig-latin', words: /\b[a-z]{1,22}ay\b/gi }, fromPigLatin);
    return words === undefined ? NO_READINGS : ifBetter(stretch, [words]);
  },
};

const LEET_LETTERS = new Map(Object.entries(TABLES.leetLetters));
/** What most writers put for a letter. */
const LEET_DIGITS: ReadonlyMap<string, string> = new Map(
  [...'oieast'].map((letter, at) => [letter, '013457'.charAt(at)]),
);
/** Characters of a word from which the scan knows it. */
const LEET_STEM_CHARS = 5;
/** A letter with a sign that stands for a letter next to it. */
const LEET_WORD =
  /[a-z][0134579@$!€+][a-z0-9]|(?<![a-z0-9])[0134579$€+][a-z]{2}|[a-z]{2}[0134579$€+](?![a-z0-9])|\d[a-z]\d|[a-z]\d\d/i;
/** Longer ones are hashes and identifiers. */
const LEET_WORD_CHARS = 20;
/** Share of words in which letters are replaced, and their number, from which a text counts as disguised. */
const LEET_SHARE = 0.2;
const LEET_MIN = 2;

export function leetOf(word: string): string {
  return [...word].map((letter) => LEET_DIGITS.get(letter) ?? letter).join('');
}

/** A one stands for an i or an l: the one that gives a known word. */
function fromLeet(word: string): string | undefined {
  if (word.length > LEET_WORD_CHARS) return undefined;
  const end = /[!.,?;:)'"]*$/.exec(word)?.index ?? word.length;
  const body = word.slice(0, end);
  const read = (one: string) =>
    [...body].map((char) => (char === '1' ? one : (LEET_LETTERS.get(char) ?? char))).join('');
  const plain = read('i');
  const bare = /[a-z]+/i;
  const known = (text: string) => isEnglishWord((bare.exec(text)?.[0] ?? '').toLowerCase());
  if (!LEET_WORD.test(body) && !(known(plain) && !/^\d+$/.test(plain) && plain.length > 2)) return undefined;
  const other = read('l');
  return (known(other) && !known(plain) ? other : plain) + word.slice(end);
}

const LEET: Cipher = {
  kind: 'leet',
  keywords: [
    ...new Set([
      ...TABLES.leetAnnouncing.split(' '),
      ...ANNOUNCING.map(leetOf)
        .filter((word) => /\d/.test(word) && /[a-z]/.test(word))
        .map((word) => word.slice(0, LEET_STEM_CHARS))
        .filter((word) => word.length > 2 && /\d/.test(word)),
    ]),
  ],
  minWords: 1,
  announces: () => true,
  undo(stretch) {
    const places: number[] = [];
    for (const { 0: word, index } of stretch.matchAll(/\S+/g)) {
      if (word.length <= LEET_WORD_CHARS && LEET_WORD.test(word)) places.push(index);
    }
    const [first] = places;
    const last = places.at(-1);
    if (first === undefined || last === undefined || places.length < LEET_MIN) return NO_READINGS;
    // A disguised sentence may stand amid plain text: its own words alone are counted.
    const words = stretch.slice(first, last + 1).match(/\S+/g)?.length ?? 0;
    if (places.length < words * LEET_SHARE) return NO_READINGS;
    const plain = each(stretch, { kind: 'leet', words: /\S+/g }, fromLeet);
    return plain === undefined ? NO_READINGS : ifBetter(stretch, [plain]);
  },
};

const POINTS = '._*|/~-';
const BROKEN_WORD = /[a-z]+(?:[._*|/~-][a-z]+)+/gi;
/** Letters of the shortest beginning of a word that the scan looks for with a point behind it, and of what follows. */
const BROKEN_HEAD_CHARS = 2;

/** What a word is with its points left out, where that is a known one and its parts are none. */
function fromBroken(word: string): string | undefined {
  const joined = word.replace(/[^a-z]/gi, '');
  if (joined.length > MAX_WORD_CHARS || !isEnglishWord(joined.toLowerCase())) return undefined;
  return word.split(/[^a-z]/i).every((part) => isEnglishWord(part.toLowerCase())) ? undefined : joined;
}

const BROKEN_WORDS: Cipher = {
  kind: 'broken-words',
  keywords: [
    ...new Set(
      TABLES.broken
        .split(' ')
        .flatMap((word) =>
          Array.from({ length: word.length - 2 * BROKEN_HEAD_CHARS + 1 }, (_, at) => at + BROKEN_HEAD_CHARS).flatMap(
            (at) => [...POINTS].map((point) => word.slice(0, at) + point + word.slice(at, at + BROKEN_HEAD_CHARS)),
          ),
        ),
    ),
  ],
  minWords: 1,
  announces: (text, at) => !isLetter(text.charCodeAt(at - 1)),
  undo(stretch) {
    const words = each(stretch, { kind: 'broken-words', words: BROKEN_WORD }, fromBroken);
    return words === undefined ? NO_READINGS : [words];
  },
};

export const CIPHERS: readonly Cipher[] = [LEET, ROT13, REVERSED, PIG_LATIN, BROKEN_WORDS];
