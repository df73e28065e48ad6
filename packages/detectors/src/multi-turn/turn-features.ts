import type { Speaker } from '@sallyport/core';
import { viewOf } from '@sallyport/text';
import { cuesIn } from './cues.ts';
import { type Grams, gramsOf, NO_GRAM, type Words, wordsOf } from './grams.ts';
import { type Intent, intentOf, NO_INTENT } from './intent-model.ts';
import { piecesIn } from './pieces.ts';

/** Of a longer text the two ends are read, so that what one turn costs is bounded. */
const END_CHARS = 32_768;
/** Refusals come first; what an assistant explains afterwards is not one. */
const REFUSAL_WORDS = 60;
/** Turns of phrase say how a message stands to others at its beginning and end. */
const CUE_WORDS = 300;

/** Which words a text holds, roughly: 128 bits, too coarse to tell one word. */
export type Sketch = readonly [number, number, number, number];
const SKETCH_WORD_CHARS = 4;
const SKETCH_BITS = 128;
const FIRST_IDEOGRAPH = 0x2e80;
const EMPTY: Sketch = [0, 0, 0, 0];

/** What is kept of a turn. */
export class TurnFeatures implements Intent {
  readonly harm: number;
  readonly frame: number;
  /** Bits of `CUES`. */
  readonly cues: number;
  readonly sketch: Sketch;
  /** Parts of something that are given names or numbers. */
  readonly pieces: number;
  /** Of the text as it stands. */
  readonly words: number;

  constructor({ harm, frame }: Intent, said: Pick<TurnFeatures, 'cues' | 'sketch' | 'pieces' | 'words'>) {
    this.harm = harm;
    this.frame = frame;
    this.cues = said.cues;
    this.sketch = said.sketch;
    this.pieces = said.pieces;
    this.words = said.words;
  }
}

/** What counts of a turn. Of an assistant's only whether it refused: it says what it was asked. Cost: O(text), bounded. */
export function featuresOf(text: string, speaker: Speaker): TurnFeatures {
  if (speaker === 'assistant') {
    const cues = cuesIn(wordsOf(text.slice(0, REFUSAL_WORDS * 12)).first(REFUSAL_WORDS));
    return new TurnFeatures(NO_INTENT, { cues, sketch: EMPTY, pieces: 0, words: 0 });
  }
  const read = text.length <= 2 * END_CHARS ? text : `${text.slice(0, END_CHARS)} ${text.slice(-END_CHARS)}`;
  let intent = NO_INTENT;
  let cues = 0;
  let sketch = EMPTY;
  let count = 0;
  for (const layer of viewOf(read).layers) {
    const words = wordsOf(layer.text);
    const grams = gramsOf(words);
    count ||= words.count;
    const { harm, frame } = intentOf(grams);
    intent = { harm: Math.max(intent.harm, harm), frame: Math.max(intent.frame, frame) };
    cues |= cuesIn(words.outer(CUE_WORDS));
    sketch = union(sketch, sketchOf(words, grams));
  }
  return new TurnFeatures(intent, { cues, sketch, pieces: piecesIn(read).length, words: count });
}

function sketchOf({ text, starts, ends }: Words, { count, words: hashes, pairs }: Grams): Sketch {
  const bits: [number, number, number, number] = [0, 0, 0, 0];
  for (let at = 0; at < count; at += 1) {
    const start = starts[at] as number;
    const length = (ends[at] as number) - start;
    // One ideograph says little; two say what a word does.
    const ideograph = length === 1 && text.charCodeAt(start) >= FIRST_IDEOGRAPH;
    if (!ideograph && length < SKETCH_WORD_CHARS) continue;
    const hash = (ideograph ? pairs : hashes)[at] as number;
    if (hash === NO_GRAM) continue;
    const bit = hash % SKETCH_BITS;
    const part = bit >>> 5;
    bits[part] = ((bits[part] as number) | (1 << (bit & 31))) >>> 0;
  }
  return bits;
}

function union(a: Sketch, b: Sketch): Sketch {
  return [(a[0] | b[0]) >>> 0, (a[1] | b[1]) >>> 0, (a[2] | b[2]) >>> 0, (a[3] | b[3]) >>> 0];
}

/**
 * How much two texts speak of the same, 0..1: the share of the shorter one's words that the other holds, less what chance
 * would share.
 */
export function likeness(a: Sketch, b: Sketch): number {
  const [inA, inB] = [sizeOf(a), sizeOf(b)];
  const smaller = Math.min(inA, inB);
  const chance = (inA * inB) / SKETCH_BITS;
  if (smaller < 2 || chance >= smaller) return 0;
  const both = sizeOf([a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]]);
  return Math.max(0, (both - chance) / (smaller - chance));
}

function sizeOf(sketch: Sketch): number {
  return sketch.reduce((sum, bits) => sum + ones(bits), 0);
}

function ones(bits: number): number {
  let left = bits - ((bits >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
