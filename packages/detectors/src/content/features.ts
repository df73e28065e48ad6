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

/** Longest stretch that is judged as one: so many sentences, so many words. */
const CHUNK_SENTENCES = 3;
const CHUNK_WORDS = 70;
/** What a chunk is judged by at most: hostile texts could be nothing but mentions. */
const CHUNK_MENTIONS_MAX = 64;

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

/** Everything in a text that is worth judging. Cost: O(n), some 3 us per KB where no trigger is, 60 us around one. */
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
    const whole = sentences[Math.min(sentence + CHUNK_SENTENCES, sentences.length - 1)] as number;
    const own = sentences[sentence + 1] as number;
    // A sentence that is longer than a chunk is cut into overlapping pieces.
    for (let start = from; start === from || start + CHUNK_WORDS / 2 < own; start += CHUNK_WORDS / 2) {
      const end = Math.min(start + CHUNK_WORDS, Math.max(whole, own));
      while (first < mentions.length && (mentions[first] as Mention).from < start) first += 1;
      const held = mentionsFrom(mentions, first, { from: start, to: end });
      if (end > judged && held.some(({ concept }) => isTrigger(concept))) chunks.push(chunkOf(held, length));
      judged = Math.max(judged, end);
    }
    sentence += 1;
  }
  return chunks;
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

/** Visits what a chunk is judged by; a pair that occurs more often is visited as often. Cost: some 5 ns each. */
export function forEachSpoken(mentions: readonly Mention[], visit: (feature: number) => void): void {
  counts.fill(0);
  const symbols = mentions.map(symbolOf);
  for (let at = 0; at < mentions.length; at += 1) {
    const mention = mentions[at] as Mention;
    const symbol = symbols[at] as number;
    const count = (counts[symbol] as number) + 1;
    counts[symbol] = count;
    const level = LEVELS.indexOf(count);
    if (level >= 0) visit(symbol * LEVELS.length + level);
    for (let next = at + 1; next < mentions.length; next += 1) {
      const other = mentions[next] as Mention;
      const gap = other.from - mention.to;
      if (gap > PAIR_WORDS) break;
      if (other.from === mention.from && other.concept === mention.concept) continue;
      const pair = symbol * SYMBOLS + (symbols[next] as number);
      visit(PAIRS_FROM + 2 * pair);
      if (gap < NEAR_WORDS) visit(PAIRS_FROM + 2 * pair + 1);
    }
  }
}

/** What a chunk is judged by, ascending and distinct. */
export function featuresOf({ mentions }: Chunk): readonly number[] {
  const features = new Set<number>();
  forEachSpoken(mentions, (feature) => features.add(feature));
  return [...features].sort((a, b) => a - b);
}

/** The concepts that a chunk speaks of, by name. */
export function conceptsOf(chunk: Chunk | undefined): ReadonlySet<string> {
  return new Set(chunk?.mentions.map(({ concept }) => CONCEPTS[concept] ?? ''));
}
