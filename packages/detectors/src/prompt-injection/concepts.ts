import { isUnspaced, phraseWords, type Token, tokenOf, wordFrom } from '../words/tokens.ts';
import { WordGate } from '../words/word-gate.ts';
import { type Entry, lexiconEntries, withoutAccents } from './lexicon.ts';

/** A concept that was spoken of, and where. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  /** One bit for each language in which this was said; all bits for what belongs to none. */
  readonly languages: number;
}

/** Mentions by concept, ascending. */
export type Mentions = ReadonlyMap<string, readonly Mention[]>;

interface Phrase {
  readonly concept: string;
  readonly languages: number;
  readonly words: readonly string[];
  /** First unit of the second word: nearly every phrase is out by it. `NO_UNIT` for a single word. */
  readonly second: number;
  /** Set when the phrase counts in this spelling alone. */
  readonly exact: string | undefined;
  /** Punctuation that must stand right before and behind. */
  readonly lead: string;
  readonly trail: string;
}

interface Glyphs {
  readonly concept: string;
  readonly languages: number;
  readonly text: string;
}

/** Characters between two words of one phrase at most: a space, a hyphen, an apostrophe, a line end with its indent. */
const WORD_GAP_CHARS = 4;
const STEM_MAX_CHARS = 14;
const NO_UNIT = -1;

const byFirstWord = new Map<string, Phrase[]>();
const byStem = new Map<string, Phrase[]>();
const byGlyph = new Map<string, Glyphs[]>();
const gate = new WordGate();
for (const entry of lexiconEntries()) index(entry);

function index(entry: Entry): void {
  const exact = entry.phrase.startsWith('=') ? entry.phrase.slice(1) : undefined;
  const plain = exact ?? entry.phrase;
  if (isUnspaced(plain.charCodeAt(0))) {
    add(byGlyph, plain.charAt(0), { concept: entry.concept, languages: entry.languages, text: plain });
    return;
  }
  for (const form of new Set([plain, withoutAccents(plain)])) {
    const words = phraseWords(form);
    const first = words[0];
    if (first === undefined) continue;
    const lead = /^[./<~(]+/.exec(form)?.[0].slice(-1) ?? '';
    const trail = /[:,!>.]$/.exec(form)?.[0] ?? '';
    const second = words[1]?.charCodeAt(0) ?? NO_UNIT;
    const phrase: Phrase = { concept: entry.concept, languages: entry.languages, words, second, exact, lead, trail };
    if (first.endsWith('*')) {
      add(byStem, first.slice(0, -1), phrase);
      gate.addStem(first.slice(0, -1));
    } else {
      add(byFirstWord, first, phrase);
      gate.addWord(first);
    }
  }
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const held = map.get(key);
  if (held === undefined) map.set(key, [value]);
  else held.push(value);
}

/** A stretch of text, `end` exclusive. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Everything the lexicon knows in the windows (ascending, disjoint). Cost: O(n), about 10 ns per character. */
export function mentionsIn(text: string, windows: readonly Window[]): Mentions {
  const mentions = new Map<string, Mention[]>();
  for (const window of windows) {
    const { end: to } = window;
    for (let word = wordFrom(text, window.start, to); word !== undefined; word = wordFrom(text, word.end, to)) {
      if (!gate.mayBegin(text, word.start, word.end)) continue;
      const token = tokenOf(text, word);
      if (isUnspaced(token.word.charCodeAt(0))) glyphMentions(text, token, mentions);
      else wordMentions({ text, to, tokens: [token] }, mentions);
    }
    sinkMentions(text, window, mentions);
  }
  return mentions;
}

interface Place {
  readonly text: string;
  /** Where the window ends. */
  readonly to: number;
  /** A word and what follows it, as far as it was read. */
  readonly tokens: Token[];
}

function wordMentions(place: Place, mentions: Map<string, Mention[]>): void {
  const phrases = phrasesOf(place.tokens[0]?.word ?? '');
  if (phrases.length === 0) return;
  const second = tokenAt(place, 1)?.word.charCodeAt(0);
  for (const phrase of phrases) {
    if (phrase.second !== NO_UNIT && phrase.second !== second) continue;
    const mention = mentionOf(phrase, place);
    if (mention !== undefined) note(mentions, phrase.concept, mention);
  }
}

/** The word so many words behind a place's first one. */
function tokenAt({ text, to, tokens }: Place, offset: number): Token | undefined {
  while (tokens.length <= offset) {
    const word = wordFrom(text, tokens.at(-1)?.end ?? to, to);
    if (word === undefined) return undefined;
    tokens.push(tokenOf(text, word));
  }
  return tokens[offset];
}

const phrasesByWord = new Map<string, readonly Phrase[]>();
/** Words whose phrases are remembered; the few thousand common ones come again and again. */
const REMEMBERED_WORDS_MAX = 16_384;
const NO_PHRASES: readonly Phrase[] = [];

/** Phrases that begin with a word or with a stem of it. */
function phrasesOf(word: string): readonly Phrase[] {
  const known = phrasesByWord.get(word);
  if (known !== undefined) return known;
  const found = [...(byFirstWord.get(word) ?? NO_PHRASES)];
  const longest = Math.min(word.length, STEM_MAX_CHARS);
  for (let length = 1; length <= longest; length += 1) found.push(...(byStem.get(word.slice(0, length)) ?? NO_PHRASES));
  if (word.length > STEM_MAX_CHARS * 2) return found;
  // Hostile texts could fill it with words that nobody writes: then it starts anew.
  if (phrasesByWord.size >= REMEMBERED_WORDS_MAX) phrasesByWord.clear();
  const phrases = found.length === 0 ? NO_PHRASES : found;
  phrasesByWord.set(word, phrases);
  return phrases;
}

function mentionOf(phrase: Phrase, place: Place): Mention | undefined {
  const { text, tokens } = place;
  const [first] = tokens;
  if (first === undefined) return undefined;
  let last = first;
  for (let offset = 1; offset < phrase.words.length; offset += 1) {
    const token = tokenAt(place, offset);
    const wanted = phrase.words[offset];
    if (token === undefined || wanted === undefined || token.start - last.end > WORD_GAP_CHARS) return undefined;
    if (!fits(token, wanted)) return undefined;
    last = token;
  }
  const { start } = first;
  const { end } = last;
  if (phrase.lead !== '' && text.charAt(start - 1) !== phrase.lead) return undefined;
  if (phrase.trail !== '' && text.charAt(end) !== phrase.trail) return undefined;
  if (phrase.exact !== undefined && !text.startsWith(phrase.exact, start)) return undefined;
  return { start, end, languages: phrase.languages };
}

/** Words without boundaries may go on; others only where the lexicon gives a stem. */
function fits({ word }: Token, wanted: string): boolean {
  if (wanted.endsWith('*')) return word.startsWith(wanted.slice(0, -1));
  return isUnspaced(wanted.charCodeAt(0)) ? word.startsWith(wanted) : word === wanted;
}

function glyphMentions(text: string, token: Token, mentions: Map<string, Mention[]>): void {
  for (let offset = 0; offset < token.word.length; offset += 1) {
    for (const glyphs of byGlyph.get(token.word.charAt(offset)) ?? []) {
      const start = token.start + offset;
      if (!text.startsWith(glyphs.text, start)) continue;
      note(mentions, glyphs.concept, { start, end: start + glyphs.text.length, languages: glyphs.languages });
    }
  }
}

/** Of mentions of one concept at one place the longest stays; what several languages say alike belongs to all of them. */
function note(mentions: Map<string, Mention[]>, concept: string, mention: Mention): void {
  const held = mentions.get(concept);
  if (held === undefined) {
    mentions.set(concept, [mention]);
    return;
  }
  const last = held.at(-1);
  if (last === undefined || last.start !== mention.start) held.push(mention);
  else if (mention.end > last.end) held[held.length - 1] = mention;
  else if (mention.end === last.end) {
    held[held.length - 1] = { ...last, languages: last.languages | mention.languages };
  }
}

const ANY_LANGUAGE = -1;
const SINK = /:\/\/|[\w.-]@[\w-]{1,63}\./g;

function sinkMentions(text: string, window: Window, mentions: Map<string, Mention[]>): void {
  const slice = text.slice(window.start, window.end);
  if (!slice.includes('@') && !slice.includes('://')) return;
  for (const { index, 0: match } of slice.matchAll(SINK)) {
    const start = window.start + index;
    note(mentions, 'sink', { start, end: start + match.length, languages: ANY_LANGUAGE });
  }
  mentions.get('sink')?.sort((a, b) => a.start - b.start);
}

/** Index of the first of ascending mentions that starts at or after `from`. Cost: O(log n). */
export function indexFrom(list: readonly Mention[], from: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.start ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
