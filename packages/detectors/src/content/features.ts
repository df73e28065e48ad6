import { CONCEPTS } from './lexicon.ts';
import { type Mention, type Reading, STANDINGS } from './reading.ts';

/** A concept in a standing. */
export const SYMBOLS = CONCEPTS.length * STANDINGS.length;
/** How often a symbol occurs: once, at least twice, at least four times. */
const LEVELS = [1, 2, 4];
const NEAR_WORDS = 3;
const PAIR_WORDS = 10;
const PAIRS_FROM = SYMBOLS * LEVELS.length;
const MISC_FROM = PAIRS_FROM + SYMBOLS * SYMBOLS * 2;

/** Longest stretch that is judged as one: so many sentences, so many words. */
const CHUNK_SENTENCES = 3;
const CHUNK_WORDS = 70;
/** What a chunk is judged by at most: hostile texts could be nothing but mentions. */
const CHUNK_MENTIONS_MAX = 64;

/** A few sentences that are judged together. */
export interface Chunk {
  /** Ascending and distinct. */
  readonly features: readonly number[];
  readonly mentions: readonly Mention[];
}

/** The chunks of a reading in which a trigger is spoken of; they overlap. Cost: O(mentions). */
export function chunksOf({ mentions, sentences }: Reading, isTrigger: (concept: number) => boolean): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let firstMention = 0;
  let lastEnd = -1;
  for (let sentence = 0; sentence + 1 < sentences.length; sentence += 1) {
    const from = sentences[sentence] as number;
    let to = sentences[Math.min(sentence + CHUNK_SENTENCES, sentences.length - 1)] as number;
    if (to - from > CHUNK_WORDS) to = Math.max(from + CHUNK_WORDS, from);
    while (firstMention < mentions.length && (mentions[firstMention] as Mention).from < from) firstMention += 1;
    for (let start = from; ; start += CHUNK_WORDS / 2) {
      const own = sentences[sentence + 1] as number;
      const end = Math.min(start + CHUNK_WORDS, Math.max(to, own));
      const held = mentionsFrom(mentions, firstMention, { from: start, to: end });
      if (end > lastEnd && held.some(({ concept }) => isTrigger(concept))) {
        chunks.push({ features: featuresOf(held, end - start), mentions: held });
      }
      lastEnd = Math.max(lastEnd, end);
      if (start + CHUNK_WORDS >= own) break;
    }
  }
  return chunks;
}

function mentionsFrom(mentions: readonly Mention[], first: number, { from, to }: { from: number; to: number }): readonly Mention[] {
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

function featuresOf(mentions: readonly Mention[], words: number): readonly number[] {
  const counts = new Map<number, number>();
  const features = new Set<number>();
  for (const [ordinal, mention] of mentions.entries()) {
    const symbol = symbolOf(mention);
    const count = (counts.get(symbol) ?? 0) + 1;
    counts.set(symbol, count);
    const level = LEVELS.indexOf(count);
    if (level >= 0) features.add(symbol * LEVELS.length + level);
    for (let next = ordinal + 1; next < mentions.length; next += 1) {
      const other = mentions[next] as Mention;
      const gap = other.from - mention.to;
      if (gap > PAIR_WORDS) break;
      if (other.from === mention.from && other.concept === mention.concept) continue;
      const pair = symbol * SYMBOLS + symbolOf(other);
      features.add(PAIRS_FROM + 2 * pair);
      if (gap < NEAR_WORDS) features.add(PAIRS_FROM + 2 * pair + 1);
    }
  }
  return [...features].sort((a, b) => a - b);
}

/** The feature in words, for reports on what a model has learnt. */
export function featureName(feature: number): string {
  const symbol = (at: number) =>
    `${CONCEPTS[Math.floor(at / STANDINGS.length)]}${['', '!', '"'][at % STANDINGS.length]}`;
  if (feature >= MISC_FROM) return `words ${feature - MISC_FROM}`;
  if (feature < PAIRS_FROM) return `${symbol(Math.floor(feature / LEVELS.length))} x${LEVELS[feature % LEVELS.length]}`;
  const pair = (feature - PAIRS_FROM) >>> 1;
  const close = (feature - PAIRS_FROM) % 2 === 1 ? '>>' : '>';
  return `${symbol(Math.floor(pair / SYMBOLS))} ${close} ${symbol(pair % SYMBOLS)}`;
}
