import { createTriggerScanner, type TriggerScanner } from '@sallyport/text';
import { isUnspaced, type Word, wordFrom } from '../words/tokens.ts';
import { PHRASES, type Phrase, phrasesOf } from './lexicon.ts';
import { plainWord, readWord } from './spelling.ts';
import {
  ALONE,
  ALONE_SHORT,
  CONTENT_TRIGGERS,
  DISGUISED,
  isBeside,
  isCommon,
  isTrigger,
  PAIRED,
  PAIRED_SHORT,
} from './trigger-words.ts';

/** How far around a trigger a text is read, UTF-16 units. */
const BEFORE_CHARS = 280;
const AFTER_CHARS = 320;
/** How far from a phrase of ordinary texts another trigger lends it weight, UTF-16 units. */
const PAIR_CHARS = 160;
/** A message of a sentence or two: its words are looked at even where they are written together. */
const SHORT_CHARS = 240;
const JOINED_CHARS_MIN = 9;
const JOINED_CHARS_MAX = 60;
const WORD_GAP_CHARS = 4;

/** Offsets at which a rule of `CONTENT_TRIGGERS` fired, ascending. */
export type HitsOf = (rule: string) => readonly number[];

/** A stretch that is worth reading, `end` exclusive. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

let scanner: TriggerScanner | undefined;

/** What the prefilter finds in a text that stands by itself. */
export function contentHits(text: string): HitsOf {
  scanner ??= createTriggerScanner([{ detector: '', triggers: CONTENT_TRIGGERS }]);
  const hits = scanner.scan(text);
  return (rule) => hits.hits('', rule);
}

/**
 * The stretches of a text around words that may matter, ascending and disjoint. Cost: O(hits), some 50 ns each; 10 us
 * for a phrase of ordinary texts, whose neighbourhood is looked through.
 */
export function windowsIn(text: string, hitsOf: HitsOf): readonly Window[] {
  const opening: Window[] = [];
  for (const start of hitsOf(DISGUISED)) if (!isInside(text, start)) opening.push({ start, end: start + 1 });
  for (const { word, found } of triggersAt(text, together(hitsOf(ALONE), hitsOf(ALONE_SHORT)))) {
    if (found === undefined || !isCommon(found)) opening.push(word);
  }
  const neighbours = new Neighbours(text);
  for (const { word, found } of triggersAt(text, together(hitsOf(PAIRED), hitsOf(PAIRED_SHORT)))) {
    if (found === undefined || neighbours.hold(word, found)) opening.push(word);
  }
  return merged(
    opening.sort((a, b) => a.start - b.start),
    text.length,
  );
}

function together(one: readonly number[], other: readonly number[]): readonly number[] {
  if (other.length === 0) return one;
  return one.length === 0 ? other : [...one, ...other].sort((a, b) => a - b);
}

interface Trigger {
  readonly word: Word;
  /** Undefined for what is not read as one word. */
  readonly found: Phrase | undefined;
}

function* triggersAt(text: string, hits: readonly number[]): Generator<Trigger> {
  let readTo = 0;
  for (const at of hits) {
    if (at < readTo) continue;
    const word = wordAt(text, at);
    if (word === undefined) continue;
    readTo = word.end;
    if (isUnspaced(text.charCodeAt(at))) {
      if (hasGlyph(text, at)) yield { word, found: undefined };
      continue;
    }
    const written = plainWord(text.slice(word.start, word.end));
    const found = heavy(written, new Following(text, word.end));
    if (found !== undefined || (text.length <= SHORT_CHARS && isJoined(written))) yield { word, found };
  }
}

function merged(opening: readonly Window[], length: number): readonly Window[] {
  const windows: { start: number; end: number }[] = [];
  for (const word of opening) {
    const start = Math.max(0, word.start - BEFORE_CHARS);
    const end = Math.min(length, word.end + AFTER_CHARS);
    const last = windows.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else windows.push({ start, end });
  }
  return windows;
}

/** The word at a hit; undefined where the hit is part of another word, unless it is a short text's. */
function wordAt(text: string, at: number): Word | undefined {
  if (isUnspaced(text.charCodeAt(at))) return { start: at, end: at + 1 };
  if (!isInside(text, at)) return wordFrom(text, at, text.length);
  if (text.length > SHORT_CHARS) return undefined;
  let start = at;
  while (start > 0 && isInside(text, start)) start -= 1;
  return wordFrom(text, start, text.length);
}

/** Written together: in a short message there may be no other sign. */
function isJoined(word: string): boolean {
  if (word.length < JOINED_CHARS_MIN || word.length > JOINED_CHARS_MAX) return false;
  return readWord(word).length > 1;
}

/** One concept, at one word or at several in a row. */
interface Run {
  readonly concept: number;
  readonly from: number;
  to: number;
}

/** The triggers around words that weigh in pairs, however they are written; each place is looked at once. */
class Neighbours {
  readonly #text: string;
  #runs: Run[] = [];
  #readTo = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether a trigger of another concept is close by. Words are asked for in order. */
  hold({ start, end }: Word, { concept }: Phrase): boolean {
    const to = Math.min(this.#text.length, end + PAIR_CHARS);
    this.#runs = this.#runs.filter((run) => run.to >= start - PAIR_CHARS);
    this.#read(boundary(this.#text, start - PAIR_CHARS), to);
    return this.#runs.some((run) => run.concept !== concept && (run.from !== start || run.to !== start));
  }

  #read(from: number, to: number): void {
    const text = this.#text;
    let word = wordFrom(text, Math.max(from, this.#readTo), to);
    for (; word !== undefined; word = wordFrom(text, word.end, to)) {
      const { start, end } = word;
      this.#readTo = end;
      const following = new Following(text, end);
      for (const read of readWord(plainWord(text.slice(start, end)))) {
        for (const phrase of phrasesOf(read)) {
          const { concept } = phrase;
          if (this.#weighs(concept) && !this.#isNoted(concept, start) && following.holds(phrase)) {
            this.#note(concept, start);
          }
        }
      }
    }
  }

  #weighs(concept: number): boolean {
    return isTrigger(concept) || (this.#text.length <= SHORT_CHARS && isBeside(concept));
  }

  #isNoted(concept: number, at: number): boolean {
    const last = this.#runs.at(-1);
    return last?.concept === concept && last.to === at;
  }

  #note(concept: number, at: number): void {
    const last = this.#runs.at(-1);
    if (last?.concept === concept) last.to = at;
    else this.#runs.push({ concept, from: at, to: at });
  }
}

/** Where a word begins, at `from` or before; a run without separators is cut. */
function boundary(text: string, from: number): number {
  let at = Math.max(0, from);
  for (let left = JOINED_CHARS_MAX; left > 0 && at > 0 && isInside(text, at); left -= 1) at -= 1;
  return at;
}

function isInside(text: string, at: number): boolean {
  if (at === 0) return false;
  const before = text.charCodeAt(at - 1);
  if (!isLetter(before)) return false;
  // `\\n` written as two characters is no part of the word behind it.
  return !(/[nrt]/.test(text.charAt(at - 1)) && text.charCodeAt(at - 2) === BACKSLASH);
}

const BACKSLASH = 92;
const LETTERS = Uint8Array.from({ length: 128 }, (_, code) => (/[a-z0-9]/i.test(String.fromCharCode(code)) ? 1 : 0));

function isLetter(code: number): boolean {
  return code < 128 ? LETTERS[code] === 1 : code > 0xbf && !(code >= 0x2000 && code <= 0x303f) && !isUnspaced(code);
}

/** The words that follow one, each read once. */
class Following {
  readonly #text: string;
  readonly #words: string[] = [];
  #end: number;
  #ended = false;

  constructor(text: string, end: number) {
    this.#text = text;
    this.#end = end;
  }

  /** Whether the rest of a phrase follows. */
  holds({ words: wanted }: Phrase): boolean {
    for (let at = 1; at < wanted.length; at += 1) {
      const word = this.#at(at - 1);
      if (word === undefined) return false;
      const want = wanted[at] as string;
      if (want.endsWith('*') ? !word.startsWith(want.slice(0, -1)) : word !== want) return false;
    }
    return true;
  }

  #at(ordinal: number): string | undefined {
    while (this.#words.length <= ordinal && !this.#ended) {
      const next = wordFrom(this.#text, this.#end, Math.min(this.#text.length, this.#end + WORD_GAP_CHARS + 1));
      if (next === undefined) this.#ended = true;
      else {
        this.#words.push(plainWord(this.#text.slice(next.start, next.end)));
        this.#end = next.end;
      }
    }
    return this.#words[ordinal];
  }
}

/** The trigger that begins with a word: one that weighs alone before others. */
function heavy(word: string, following: Following): Phrase | undefined {
  let held: Phrase | undefined;
  for (const phrase of phrasesOf(word)) {
    if (!isTrigger(phrase.concept) || (held !== undefined && isCommon(phrase)) || !following.holds(phrase)) continue;
    if (!isCommon(phrase)) return phrase;
    held = phrase;
  }
  return held;
}

function hasGlyph(text: string, at: number): boolean {
  const here = PHRASES.byGlyph.get(text.charAt(at)) ?? [];
  return here.some(({ concept, text: glyphs }) => isTrigger(concept) && text.startsWith(glyphs, at));
}
