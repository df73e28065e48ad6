import { CONCEPTS } from './lexicon.ts';
import { type Mention, type Reading, readingOf, STANDINGS } from './reading.ts';
import { contentHits, type HitsOf, windowsIn } from './trigger-gate.ts';
import { isTrigger } from './trigger-words.ts';

/** A concept in a standing. */
export const SYMBOLS = CONCEPTS.length * STANDINGS.length;
/** How often a symbol occurs: once, at least twice, at least four times. */
const LEVELS = [1, 2, 4];
const NEAR_WORDS = 3;
const PAIR_WORDS = 10;
const PAIRS_FROM = SYMBOLS * LEVELS.length;

/** A stretch that is judged as one: so many sentences, more where they are short, and so many words at most. */
const CHUNK_SENTENCES = 3;
const CHUNK_WORDS_MIN = 16;
const CHUNK_WORDS = 70;
/** How far behind one stretch's beginning the next one begins. */
const STEP_SENTENCES = 2;
const STEP_WORDS_MIN = 8;
/** What a chunk is judged by at most: hostile texts could be nothing but mentions. */
const CHUNK_MENTIONS_MAX = 48;

/** How far around what is spoken of its words are read, UTF-16 units. */
const CONTEXT_CHARS = 60;

/** A few sentences that are judged together. */
export interface Chunk {
  readonly mentions: readonly Mention[];
  /** How many of them weigh by themselves. */
  readonly triggers: number;
  /** What its words are read from, UTF-16 units; `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Everything in a text that is worth judging. Cost: O(hits), and 100-200 us per KB around a trigger. */
export function chunksIn(text: string, hitsOf: HitsOf = contentHits(text)): readonly Chunk[] {
  return windowsIn(text, hitsOf).flatMap(({ start, end }) => chunksOf(readingOf(text, start, end), text.length));
}

/** The chunks of a reading in which a trigger is spoken of; they overlap. Cost: O(mentions · mentions of a chunk). */
function chunksOf({ mentions, sentences }: Reading, length: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  const words = sentences.at(-1) ?? 0;
  let first = 0;
  let judged = 0;
  for (let sentence = 0; sentence + 1 < sentences.length && judged < words; ) {
    const from = sentences[sentence] as number;
    const whole = sentences[behind(sentences, sentence + CHUNK_SENTENCES, from + CHUNK_WORDS_MIN)] as number;
    const own = sentences[sentence + 1] as number;
    // A sentence that is longer than a chunk is cut into overlapping pieces.
    for (let start = from; start === from || start + CHUNK_WORDS / 2 < own; start += CHUNK_WORDS / 2) {
      const end = Math.min(start + CHUNK_WORDS, Math.max(whole, own));
      while (first < mentions.length && (mentions[first] as Mention).from < start) first += 1;
      const held = mentionsFrom(mentions, first, { from: start, to: end });
      if (end > judged && held.some(({ concept }) => isTrigger(concept))) chunks.push(chunkOf(held, length));
      judged = Math.max(judged, end);
    }
    sentence = behind(sentences, sentence + STEP_SENTENCES, from + STEP_WORDS_MIN);
  }
  return chunks;
}

/** The sentence at `least` or the first behind it that begins with word `word` or later. */
function behind(sentences: readonly number[], least: number, word: number): number {
  const last = sentences.length - 1;
  let at = Math.min(least, last);
  while (at < last && (sentences[at] as number) < word) at += 1;
  return at;
}

function chunkOf(mentions: readonly Mention[], length: number): Chunk {
  const start = Math.min(...mentions.map((mention) => mention.start));
  const end = Math.max(...mentions.map((mention) => mention.end));
  return {
    mentions,
    triggers: mentions.filter(({ concept }) => isTrigger(concept)).length,
    start: Math.max(0, start - CONTEXT_CHARS),
    end: Math.min(length, end + CONTEXT_CHARS),
  };
}

function mentionsFrom(
  mentions: readonly Mention[],
  first: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Mention[] {
  const held: Mention[] = [];
  for (let at = first; at < mentions.length && held.length < CHUNK_MENTIONS_MAX; at += 1) {
    const mention = mentions[at] as Mention;
    if (mention.from >= to) break;
    if (mention.from >= from) held.push(mention);
  }
  return held;
}

function symbolOf({ concept, standing }: Mention): number {
  return concept * STANDINGS.length + standing;
}

/** Features are 0..FEATURES - 1. */
export const FEATURES = PAIRS_FROM + 2 * SYMBOLS * SYMBOLS;

/** How often each symbol of a chunk occurred so far. */
const counts = new Uint8Array(SYMBOLS);

/** By feature, whether anybody asks for it: not 0. */
type Asked = Uint16Array | Uint8Array;

/** Visits what a chunk is judged by; a pair that occurs more often is visited as often. Cost: some 2 ns each, 5 visited. */
export function forEachSpoken(mentions: readonly Mention[], asked: Asked, visit: (feature: number) => void): void {
  counts.fill(0);
  const symbols = mentions.map(symbolOf);
  for (let at = 0; at < mentions.length; at += 1) {
    const mention = mentions[at] as Mention;
    const symbol = symbols[at] as number;
    const count = (counts[symbol] as number) + 1;
    counts[symbol] = count;
    const level = LEVELS.indexOf(count);
    if (level >= 0) {
      const single = symbol * LEVELS.length + level;
      if (asked[single] !== 0) visit(single);
    }
    for (let next = at + 1; next < mentions.length; next += 1) {
      const other = mentions[next] as Mention;
      const gap = other.from - mention.to;
      if (gap > PAIR_WORDS) break;
      if (other.from === mention.from && other.concept === mention.concept) continue;
      const pair = PAIRS_FROM + 2 * (symbol * SYMBOLS + (symbols[next] as number));
      if (asked[pair] !== 0) visit(pair);
      if (gap < NEAR_WORDS && asked[pair + 1] !== 0) visit(pair + 1);
    }
  }
}

const EVERY_FEATURE = new Uint8Array(FEATURES).fill(1);

/** What a chunk is judged by, ascending and distinct. */
export function featuresOf({ mentions }: Chunk): readonly number[] {
  const features = new Set<number>();
  forEachSpoken(mentions, EVERY_FEATURE, (feature) => features.add(feature));
  return [...features].sort((a, b) => a - b);
}

/** The concepts that a chunk speaks of, by name. */
export function conceptsOf(chunk: Chunk | undefined): ReadonlySet<string> {
  return new Set(chunk?.mentions.map(({ concept }) => CONCEPTS[concept] ?? ''));
}
