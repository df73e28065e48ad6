import { isUnspaced, type Word, wordFrom } from '../words/tokens.ts';
import { conceptNumber, PHRASES, type Phrase } from './lexicon.ts';
import { isKnown, plainWord, readWord, VARIANTS, withoutLeet } from './spelling.ts';
import tuning from './tuning.json' with { type: 'json' };

/** How far around a trigger a text is read, UTF-16 units. */
const BEFORE_CHARS = 280;
const AFTER_CHARS = 320;
/** Letters that each stand alone; fewer are initials or a list. */
const LETTERS_APART_MIN = 5;
/** A message of a sentence or two. */
const SHORT_CHARS = 240;
const ODD_CHARS_MIN = 9;
const STEM_CHARS_MIN = 3;
const STEM_CHARS_MAX = 14;
const WORD_GAP_CHARS = 4;
/** A bit for each hash; some 15,000 words and misspellings leave three in a hundred other words in doubt. */
const WORD_MASK = 2 ** 19 - 1;
const PAIR_MASK = 2 ** 17 - 1;
/** Small, since it is asked for every letter. */
const STEM_MASK = 2 ** 16 - 1;
const BACKSLASH = 92;
const MULTIPLIER = 31;
const PAIR_MULTIPLIER = 0x9e3779b1;

const TRIGGERS = new Set(tuning.triggers.map(conceptNumber));

/** Whether a concept weighs by itself, so that what stands around it is read. */
export function isTrigger(concept: number): boolean {
  return TRIGGERS.has(concept);
}

/** Lower case, for digits the letters that they stand for in leetspeak, and 0 for what parts words. */
const FOLDED = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code).toLowerCase();
  if (!/[a-z0-9]/.test(char)) return 0;
  const meant = Object.entries(tuning.leet).find(([sign]) => sign === char)?.[1] ?? char;
  return meant.charCodeAt(0);
});

const words = bitsFor(WORD_MASK);
const pairs = bitsFor(PAIR_MASK);
const stems = bitsFor(STEM_MASK);
const byWord = onlyTriggers(PHRASES.byWord);
const byStem = onlyTriggers(PHRASES.byStem);
for (const phrases of byWord.values()) for (const phrase of phrases) addPhrase(phrase);
for (const stem of byStem.keys()) add(stems, STEM_MASK, hashOf(stem));
for (const variant of VARIANTS.keys()) add(words, WORD_MASK, hashOf(variant));

/** A phrase by its first word or, since many begin with words that everybody uses, by its first two. */
function addPhrase({ words: [first = '', second] }: Phrase): void {
  if (second === undefined || second.endsWith('*')) add(words, WORD_MASK, hashOf(first));
  else addPair(hashOf(first), hashOf(second));
}

function onlyTriggers(index: ReadonlyMap<string, readonly Phrase[]>): ReadonlyMap<string, readonly Phrase[]> {
  const kept = new Map<string, readonly Phrase[]>();
  for (const [word, phrases] of index) {
    const own = phrases.filter(({ concept }) => TRIGGERS.has(concept));
    if (own.length > 0) kept.set(word, own);
  }
  return kept;
}

/** Undefined for words with other letters than ASCII: they are always looked up. */
function hashOf(word: string): number | undefined {
  let hash = 0;
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code > 127) return undefined;
    hash = (Math.imul(hash, MULTIPLIER) + (FOLDED[code] as number)) | 0;
  }
  return hash;
}

function pairOf(first: number, second: number): number {
  return (Math.imul(first, PAIR_MULTIPLIER) + second) | 0;
}

function addPair(first: number | undefined, second: number | undefined): void {
  if (first !== undefined && second !== undefined) add(pairs, PAIR_MASK, pairOf(first, second));
}

function bitsFor(mask: number): Int32Array {
  return new Int32Array((mask + 1) / 32);
}

function add(bits: Int32Array, mask: number, hash: number | undefined): void {
  if (hash === undefined) return;
  const slot = slotOf(hash, mask);
  bits[slot >>> 5] = (bits[slot >>> 5] as number) | (1 << slot);
}

function holds(bits: Int32Array, mask: number, hash: number): boolean {
  const slot = slotOf(hash, mask);
  return ((bits[slot >>> 5] as number) & (1 << slot)) !== 0;
}

function slotOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

/** A stretch that is worth reading, `end` exclusive. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/**
 * The stretches of a text around words that may matter, ascending and disjoint. Cost: O(n), some 3 us per KB where there
 * are none.
 */
export function windowsIn(text: string): readonly Window[] {
  const windows: Window[] = [];
  const { length } = text;
  const short = length <= SHORT_CHARS;
  const word: ScannedWord = { start: 0, end: 0, hash: 0, found: false, mixed: false };
  const before = { start: 0, end: 0, hash: 0 };
  let start = -1;
  let end = -1;
  let apart = 0;
  while (scanWord(text, word)) {
    apart = word.end - word.start === 1 ? apart + 1 : 0;
    const weighs =
      apart === LETTERS_APART_MIN ||
      (word.found && matters(text, word)) ||
      (holds(pairs, PAIR_MASK, pairOf(before.hash, word.hash)) && matters(text, before)) ||
      (short && (word.mixed || word.end - word.start >= ODD_CHARS_MIN) && isOdd(text.slice(word.start, word.end)));
    before.start = word.start;
    before.end = word.end;
    before.hash = word.hash;
    if (!weighs) continue;
    const from = Math.max(0, word.start - BEFORE_CHARS);
    if (start >= 0 && from > end) {
      windows.push({ start, end });
      start = -1;
    }
    if (start < 0) start = from;
    end = Math.min(length, word.end + AFTER_CHARS);
  }
  if (start >= 0) windows.push({ start, end });
  return windows;
}

/** Written together, or with digits for letters: in a short message there may be no other sign. */
function isOdd(written: string): boolean {
  const word = plainWord(written);
  const read = readWord(word);
  return read.length > 1 || (read[0] !== word && isKnown(read[0] ?? ''));
}

/** A word, and what its letters tell while they are passed. */
interface ScannedWord {
  start: number;
  end: number;
  hash: number;
  /** Whether it may be a single word or a stem of a trigger; a wrong yes costs time alone. */
  found: boolean;
  /** Digits among letters. */
  mixed: boolean;
}

/** Goes on to the next word behind `word.end`; false at the end of the text. No string is made. */
function scanWord(text: string, word: ScannedWord): boolean {
  const { length } = text;
  let at = word.end;
  while (at < length && FOLDED[text.charCodeAt(at) & 127] === 0 && text.charCodeAt(at) < 128) at += 1;
  if (at >= length) return false;
  // `\\n` written as two characters glues an `n` to the word behind it wherever JSON stands inside JSON.
  if (text.charCodeAt(at - 1) === BACKSLASH && /[nrt]/.test(text.charAt(at))) at += 1;
  const start = at;
  let hash = 0;
  let found = false;
  let digits = 0;
  for (; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 127) return scanOther(text, word, start);
    const folded = FOLDED[code] as number;
    if (folded === 0) break;
    if (code < 58) digits += 1;
    hash = (Math.imul(hash, MULTIPLIER) + folded) | 0;
    if (at - start + 1 >= STEM_CHARS_MIN && holds(stems, STEM_MASK, hash)) found = true;
  }
  word.start = start;
  word.end = at;
  word.hash = hash;
  word.found = found || holds(words, WORD_MASK, hash);
  word.mixed = digits > 0 && digits < at - start;
  return true;
}

/** A word with other letters than ASCII: it is always looked up. */
function scanOther(text: string, word: ScannedWord, from: number): boolean {
  const other = wordFrom(text, from, text.length);
  if (other === undefined) return false;
  word.start = other.start;
  word.end = other.end;
  word.hash = 0;
  word.found = true;
  word.mixed = false;
  return true;
}

function matters(text: string, { start, end }: Word): boolean {
  const word = plainWord(text.slice(start, end));
  if (isUnspaced(word.charCodeAt(0))) return hasGlyphs(word);
  if (isHere(word, { text, end })) return true;
  const plain = withoutLeet(word);
  return VARIANTS.has(plain) || (plain !== word && isHere(plain, { text, end }));
}

interface Behind {
  readonly text: string;
  readonly end: number;
}

function isHere(word: string, behind: Behind): boolean {
  const phrases = phrasesOf(word);
  return phrases.length > 0 && phrases.some((phrase) => goesOn(phrase, behind));
}

const phrasesByWord = new Map<string, readonly Phrase[]>();
const REMEMBERED_MAX = 16_384;
const REMEMBERED_CHARS_MAX = 40;

/** Triggers that begin with a word or with a stem of it. */
function phrasesOf(word: string): readonly Phrase[] {
  const known = phrasesByWord.get(word);
  if (known !== undefined) return known;
  const found = [...(byWord.get(word) ?? [])];
  const longest = Math.min(word.length, STEM_CHARS_MAX);
  for (let length = STEM_CHARS_MIN; length <= longest; length += 1) {
    found.push(...(byStem.get(word.slice(0, length)) ?? []));
  }
  // Hostile texts could fill it with words that nobody writes: then it starts anew.
  if (phrasesByWord.size >= REMEMBERED_MAX) phrasesByWord.clear();
  if (word.length <= REMEMBERED_CHARS_MAX) phrasesByWord.set(word, found);
  return found;
}

/** Whether the rest of a phrase follows. */
function goesOn({ words: wanted }: Phrase, { text, end }: Behind): boolean {
  let last = end;
  for (let at = 1; at < wanted.length; at += 1) {
    const next = wordFrom(text, last, Math.min(text.length, last + WORD_GAP_CHARS + 1));
    if (next === undefined) return false;
    const word = plainWord(text.slice(next.start, next.end));
    const want = wanted[at] as string;
    if (want.endsWith('*') ? !word.startsWith(want.slice(0, -1)) : word !== want) return false;
    last = next.end;
  }
  return true;
}

function hasGlyphs(run: string): boolean {
  for (let at = 0; at < run.length; at += 1) {
    for (const { concept, text } of PHRASES.byGlyph.get(run.charAt(at)) ?? []) {
      if (TRIGGERS.has(concept) && run.startsWith(text, at)) return true;
    }
  }
  return false;
}
