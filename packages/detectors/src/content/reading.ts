import { isUnspaced, wordFrom } from '../words/tokens.ts';
import { ADULT_AGE, conceptNumber, MINOR_AGE, PHRASES, type Phrase, phrasesOf } from './lexicon.ts';
import { plainWord, readWord, segmented } from './spelling.ts';

/** How a thing is said. A part of what the models read, in this order. */
export const STANDINGS = ['plain', 'negated', 'quoted'] as const;
const PLAIN = 0;
const NEGATED = 1;
const QUOTED = 2;

/** One concept, spoken of. */
export interface Mention {
  readonly concept: number;
  /** Place in `STANDINGS`. */
  readonly standing: number;
  /** Ordinals of its first word and of the one behind its last. */
  readonly from: number;
  readonly to: number;
  /** In the text, UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** What was read of a stretch of text. */
export interface Reading {
  /** Ascending by `from`. */
  readonly mentions: readonly Mention[];
  /** The ordinal of each sentence's first word; the last entry is the number of words. */
  readonly sentences: readonly number[];
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** Begins a sentence. */
  readonly first: boolean;
}

/** Characters between two words of one phrase at most. */
const WORD_GAP_CHARS = 4;
const QUOTE_CHARS_MAX = 260;
/** Words between a negation and what it negates. */
const NEGATED_WORDS = 5;
const LETTERS_APART_MIN = 3;
const LETTER_GAP_CHARS = 2;
const ADULT_YEARS = 18;
const YEARS_MAX = 99;

const SENTENCE_END = /[.!?\n。！？]/;
/** Signs that people write in the place of letters inside a word. */
const MASKS = '*@$!|';
const NEGATION = conceptNumber('negation');
const AGE_WORDS = new Set(['year', 'years', 'yr', 'yrs', 'yo', 'yearold']);

/** Reads what a lexicon knows between two offsets. Cost: O(n), some 40 us per KB. */
export function readingOf(text: string, from: number, to: number): Reading {
  const words = wordsOf(text, { from, to });
  const mentions: Mention[] = [];
  const sentences: number[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as Word;
    if (word.first) sentences.push(at);
    if (isUnspaced(word.text.charCodeAt(0))) glyphMentions(word, at, mentions);
    else phraseMentions(words, at, mentions);
  }
  sentences.push(words.length);
  return { mentions: withNegations(mentions, sentences), sentences };
}

function phraseMentions(words: readonly Word[], at: number, mentions: Mention[]): void {
  const { text, start } = words[at] as Word;
  const age = ageAt(words, at);
  if (age !== undefined) mentions.push(age);
  const tryPhrase = (phrase: Phrase) => {
    const to = phraseEnd(phrase, words, at);
    if (to === undefined) return;
    const last = words[to - 1] as Word;
    const standing = (words[at] as Word).quoted ? QUOTED : PLAIN;
    note(mentions, { concept: phrase.concept, standing, from: at, to, start, end: last.end });
  };
  for (const phrase of phrasesOf(text)) tryPhrase(phrase);
}

/** Of one concept at one place the longest phrase stays. */
function note(mentions: Mention[], mention: Mention): void {
  for (let at = mentions.length - 1; at >= 0; at -= 1) {
    const held = mentions[at] as Mention;
    if (held.from !== mention.from) break;
    if (held.concept !== mention.concept) continue;
    if (mention.to > held.to) mentions[at] = mention;
    return;
  }
  mentions.push(mention);
}

function phraseEnd({ words: wanted }: Phrase, words: readonly Word[], at: number): number | undefined {
  for (let offset = 1; offset < wanted.length; offset += 1) {
    const word = words[at + offset];
    const before = words[at + offset - 1] as Word;
    if (word === undefined || word.start - before.end > WORD_GAP_CHARS) return undefined;
    const want = wanted[offset] as string;
    if (want.endsWith('*') ? !word.text.startsWith(want.slice(0, -1)) : word.text !== want) return undefined;
  }
  return at + wanted.length;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** `a 12-year-old`, `aged 15`, `16 yo`. */
function ageAt(words: readonly Word[], at: number): Mention | undefined {
  const { text, start, quoted } = words[at] as Word;
  if (!isDigit(text.charCodeAt(0))) return undefined;
  const joined = /^(\d{1,2})(?:yo|yr|yrs)$/.exec(text);
  if (joined === null && !/^\d{1,2}$/.test(text)) return undefined;
  const next = words[at + 1];
  const named = next !== undefined && AGE_WORDS.has(next.text);
  const told = words[at - 1]?.text === 'age' || words[at - 1]?.text === 'aged';
  if (joined === null && !named && !told) return undefined;
  const years = Number(joined?.[1] ?? text);
  if (years === 0 || years > YEARS_MAX) return undefined;
  const concept = conceptNumber(years < ADULT_YEARS ? MINOR_AGE : ADULT_AGE);
  const last = named ? next : (words[at] as Word);
  return {
    concept,
    standing: quoted ? QUOTED : PLAIN,
    from: at,
    to: named ? at + 2 : at + 1,
    start,
    end: last.end,
  };
}

function glyphMentions(word: Word, at: number, mentions: Mention[]): void {
  for (let offset = 0; offset < word.text.length; offset += 1) {
    for (const { concept, text } of PHRASES.byGlyph.get(word.text.charAt(offset)) ?? []) {
      if (!word.text.startsWith(text, offset)) continue;
      const start = word.start + offset;
      const standing = word.quoted ? QUOTED : PLAIN;
      mentions.push({ concept, standing, from: at, to: at + 1, start, end: start + text.length });
    }
  }
}

function withNegations(mentions: readonly Mention[], sentences: readonly number[]): readonly Mention[] {
  let last: Mention | undefined;
  let sentence = 0;
  return mentions.map((mention) => {
    while ((sentences[sentence + 1] ?? Number.POSITIVE_INFINITY) <= mention.from) sentence += 1;
    if (mention.concept === NEGATION) {
      last = mention;
      return mention;
    }
    const close =
      last !== undefined &&
      last.to <= mention.from &&
      mention.from - last.to < NEGATED_WORDS &&
      last.from >= (sentences[sentence] ?? 0);
    return close && mention.standing === PLAIN ? { ...mention, standing: NEGATED } : mention;
  });
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Words as they are meant: see `readWord()`. What is written letter by letter, or with signs for letters, is one word. */
function wordsOf(text: string, { from, to }: Stretch): readonly Word[] {
  const words: Word[] = [];
  const quotes = quotesIn(text, from, to);
  let quote = 0;
  let apart: Word[] = [];
  let behind = from;
  const flush = () => {
    words.push(...(apart.length >= LETTERS_APART_MIN ? joined(apart) : apart));
    apart = [];
  };
  for (let place = wordFrom(text, from, to); place !== undefined; place = wordFrom(text, behind, to)) {
    const { start } = place;
    const { raw, end } = unmasked(text, place, to);
    const plain = plainWord(raw);
    while ((quotes[quote]?.to ?? Number.POSITIVE_INFINITY) < end) quote += 1;
    const quoted = (quotes[quote]?.from ?? Number.POSITIVE_INFINITY) < start;
    const first = behind === from || SENTENCE_END.test(text.slice(behind, start));
    const word = { text: plain, start, end, quoted, first };
    const lone = plain.length === 1 && !isUnspaced(plain.charCodeAt(0));
    if (!lone || start - (apart.at(-1)?.end ?? start) > LETTER_GAP_CHARS) flush();
    if (lone) apart.push(word);
    else words.push(...cut(word, readWord(plain)));
    behind = end;
  }
  flush();
  return words;
}

/** `f*ck`, `sh!t`, `b@stard`: one sign between letters belongs to their word. */
function unmasked(text: string, first: Stretched, to: number): { readonly raw: string; readonly end: number } {
  let { end } = first;
  let raw = text.slice(first.start, end);
  for (;;) {
    const sign = text.charAt(end);
    if (sign === '' || !MASKS.includes(sign)) return { raw, end };
    const next = wordFrom(text, end, to);
    if (next === undefined || next.start !== end + 1) return { raw, end };
    raw += (sign === '*' ? '' : sign) + text.slice(next.start, next.end);
    ({ end } = next);
  }
}

interface Stretched {
  readonly start: number;
  readonly end: number;
}

function joined(letters: readonly Word[]): readonly Word[] {
  const [head] = letters;
  const run = letters.map(({ text }) => text).join('');
  const parts = segmented(run) ?? [readWord(run)].flat();
  if (head === undefined) return letters;
  let at = 0;
  return parts.map((text, ordinal) => {
    const start = letters[Math.min(at, letters.length - 1)]?.start ?? head.start;
    at += text.length;
    const end = letters[Math.min(at, letters.length) - 1]?.end ?? head.end;
    return { text, start, end, quoted: head.quoted, first: head.first && ordinal === 0 };
  });
}

function cut(word: Word, parts: readonly string[]): readonly Word[] {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return [only === word.text ? word : { ...word, text: only }];
  return parts.map((text, ordinal) => ({ ...word, text, first: word.first && ordinal === 0 }));
}

const QUOTE = /["“”«»„]/g;

/** Stretches between quotation marks. A pair around the whole text quotes nothing. */
function quotesIn(text: string, from: number, to: number): readonly Stretch[] {
  const marks = [...text.slice(from, to).matchAll(QUOTE)].map(({ index }) => from + index);
  const quotes: Stretch[] = [];
  for (let at = 0; at + 1 < marks.length; at += 1) {
    const [open, close] = [marks[at] as number, marks[at + 1] as number];
    if (close - open > QUOTE_CHARS_MAX || close - open > 0.9 * (to - from)) continue;
    quotes.push({ from: open, to: close });
    at += 1;
  }
  return quotes;
}
