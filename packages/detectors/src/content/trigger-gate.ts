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
const SLOTS = 2 ** 19;
const MULTIPLIER = 31;
const PAIR_MULTIPLIER = 0x9e3779b1;

const TRIGGERS = new Set(tuning.triggers.map(conceptNumber));

/** Whether a concept weighs by itself, so that what stands around it is read. */
export function isTrigger(concept: number): boolean {
  return TRIGGERS.has(concept);
}

/** Lower case, and for digits the letters that they stand for in leetspeak. */
const FOLDED = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[A-Z]/.test(char)) return code + 32;
  return /\d/.test(char)
    ? (Object.entries(tuning.leet).find(([digit]) => digit === char)?.[1] ?? char).charCodeAt(0)
    : code;
});

const words = new Int32Array(SLOTS / 32);
const pairs = new Int32Array(SLOTS / 32);
const stems = new Int32Array(SLOTS / 32);
const byWord = onlyTriggers(PHRASES.byWord);
const byStem = onlyTriggers(PHRASES.byStem);
for (const phrases of byWord.values()) for (const phrase of phrases) addPhrase(phrase);
for (const stem of byStem.keys()) add(stems, hashOf(stem));
for (const variant of VARIANTS.keys()) add(words, hashOf(variant));

/** A phrase by its first word or, since many begin with words that everybody uses, by its first two. */
function addPhrase({ words: [first = '', second] }: Phrase): void {
  if (second === undefined || second.endsWith('*')) add(words, hashOf(first));
  else add(pairs, pairOf(hashOf(first), hashOf(second)));
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
    hash = Math.imul(hash, MULTIPLIER) + (FOLDED[code] as number);
  }
  return hash;
}

function pairOf(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : Math.imul(first, PAIR_MULTIPLIER) + second;
}

function add(bits: Int32Array, hash: number | undefined): void {
  if (hash === undefined) return;
  const slot = slotOf(hash);
  bits[slot >>> 5] = (bits[slot >>> 5] as number) | (1 << slot);
}

function holds(bits: Int32Array, hash: number): boolean {
  const slot = slotOf(hash);
  return ((bits[slot >>> 5] as number) & (1 << slot)) !== 0;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
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
  const sought = { hash: 0, found: false };
  let start = -1;
  let end = -1;
  let apart = 0;
  let before: Word | undefined;
  let beforeHash = 0;
  for (let word = wordFrom(text, 0, length); word !== undefined; word = wordFrom(text, word.end, length)) {
    apart = word.end - word.start === 1 ? apart + 1 : 0;
    seek(text, word, sought);
    const paired = before !== undefined && holds(pairs, Math.imul(beforeHash, PAIR_MULTIPLIER) + sought.hash);
    const weighs =
      apart === LETTERS_APART_MIN ||
      (sought.found && matters(text, word)) ||
      (paired && before !== undefined && matters(text, before)) ||
      (short && isOdd(text.slice(word.start, word.end)));
    before = word;
    beforeHash = sought.hash;
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
  if (written.length < ODD_CHARS_MIN && !/\d[a-z]|[a-z]\d/i.test(written)) return false;
  const word = plainWord(written);
  const read = readWord(word);
  return read.length > 1 || (read[0] !== word && isKnown(read[0] ?? ''));
}

/** Tells for nearly every word, without making a string of it, that no single word or stem of a trigger is it. */
function seek(text: string, { start, end }: Word, sought: { hash: number; found: boolean }): void {
  let hash = 0;
  let found = false;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 127) {
      sought.found = true;
      return;
    }
    hash = Math.imul(hash, MULTIPLIER) + (FOLDED[code] as number);
    if (at - start + 1 >= STEM_CHARS_MIN && holds(stems, hash)) found = true;
  }
  sought.hash = hash;
  sought.found = found || holds(words, hash);
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
  if (byWord.get(word)?.some((phrase) => goesOn(phrase, behind)) === true) return true;
  const longest = Math.min(word.length, STEM_CHARS_MAX);
  for (let length = STEM_CHARS_MIN; length <= longest; length += 1) {
    if (byStem.get(word.slice(0, length))?.some((phrase) => goesOn(phrase, behind)) === true) return true;
  }
  return false;
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
