import { type FeatureOptions, forEachFeature } from '../linear/features.ts';
import { CONTENT_TYPES, type ContentType } from './content-types.ts';
import { type Chunk, chunksIn, FEATURES, forEachSpoken } from './features.ts';
import type { HitsOf } from './trigger-gate.ts';

/** What `content-model.json` holds. Lists of numbers are their bytes in base64, little-endian. */
export interface ContentModelFile {
  /** Added to the number of a chunk's features before its root divides their sum. */
  readonly damping: number;
  /** How much the log-odds of harm, from concepts and from words, add to those of each type. */
  readonly harmShare: number;
  readonly wordShare: number;
  /** Taken off for each power of e of the number of chunks: the highest of many is high by chance. */
  readonly lessForMany: number;
  /** Weights of hashed words and pairs of words, for harm alone. */
  readonly words: { readonly bits: number; readonly bias: number; readonly scale: number; readonly weights: string };
  /** One for each type, in their order, and one for harm. */
  readonly heads: readonly ContentHead[];
  /** Numbers of the features that have weights, 32 bits each. */
  readonly features: string;
  /** Of each feature the weight for every head, one byte each, side by side. */
  readonly weights: string;
}

/** One question of the model. */
export interface ContentHead {
  readonly bias: number;
  /** A weight of 1 stands for this much. */
  readonly scale: number;
  /** Log-odds at which a score is 0.5, and how steeply it rises there. */
  readonly middle: number;
  readonly slope: number;
}

/** How sure the model is that a text is of a type, and where it is surest. */
export interface Judgement {
  readonly type: ContentType;
  /** Log-odds before calibration. */
  readonly odds: number;
  /** 0..1. */
  readonly score: number;
  readonly chunk: Chunk;
}

/** The last head is no type: it asks whether a text is harmful at all. */
const HARM = CONTENT_TYPES.length;
const COLUMNS = HARM + 1;

/** Linear models over what a lexicon reads in a text, one for each type, and one over its words. */
export class ContentModel {
  readonly #file: ContentModelFile;
  readonly #words: FeatureOptions;
  /** By feature, the place of its weights plus 1. */
  readonly #places = new Uint16Array(FEATURES);
  readonly #weights: Int8Array;
  readonly #wordWeights: Int8Array;
  /** The chunk that last had a feature, or a word's bucket. */
  readonly #spoken: Uint32Array;
  readonly #said: Uint32Array;
  #chunk = 0;

  constructor(file: ContentModelFile) {
    this.#file = file;
    this.#words = { bits: file.words.bits, words: 2 };
    const features = new Uint32Array(bytesOf(file.features).buffer);
    for (const [place, feature] of features.entries()) this.#places[feature] = place + 1;
    this.#spoken = new Uint32Array(features.length);
    this.#said = new Uint32Array(2 ** file.words.bits);
    this.#weights = new Int8Array(bytesOf(file.weights).buffer);
    this.#wordWeights = new Int8Array(bytesOf(file.words.weights).buffer);
  }

  /** What a text is judged to be, each type once; nothing where no trigger is in it. Cost: see `chunksIn()`. */
  judge(text: string, hitsOf?: HitsOf): readonly Judgement[] {
    const chunks = chunksIn(text, hitsOf);
    const [first] = chunks;
    if (first === undefined) return [];
    const less = this.#file.lessForMany * Math.log(chunks.length);
    const all = chunks.map((chunk) => this.#logOdds(text, chunk));
    return CONTENT_TYPES.map((type, head) => {
      let best = Number.NEGATIVE_INFINITY;
      let chunk = first;
      for (const [at, odds] of all.entries()) {
        if ((odds[head] as number) <= best) continue;
        best = odds[head] as number;
        chunk = chunks[at] ?? first;
      }
      const odds = best - less;
      const { middle, slope } = this.#file.heads[head] as ContentHead;
      return { type, odds, score: 1 / (1 + Math.exp(-slope * (odds - middle))), chunk };
    });
  }

  /** Log-odds of one chunk, by type. */
  #logOdds(text: string, { mentions, start, end }: Chunk): Float64Array {
    const odds = new Float64Array(COLUMNS);
    const weights = this.#weights;
    const places = this.#places;
    const spoken = this.#spoken;
    const chunk = this.#nextChunk();
    let count = 0;
    forEachSpoken(mentions, places, (feature) => {
      const place = (places[feature] as number) - 1;
      if (spoken[place] === chunk) return;
      spoken[place] = chunk;
      count += 1;
      const from = place * COLUMNS;
      for (let head = 0; head < COLUMNS; head += 1) {
        odds[head] = (odds[head] as number) + (weights[from + head] as number);
      }
    });
    const root = Math.sqrt(count + this.#file.damping);
    for (let head = 0; head < COLUMNS; head += 1) {
      const { bias, scale } = this.#file.heads[head] as ContentHead;
      odds[head] = bias + ((odds[head] as number) * scale) / root;
    }
    // A type is likelier where harm is.
    const { harmShare, wordShare } = this.#file;
    const harm = harmShare * (odds[HARM] as number) + wordShare * this.#wordOdds(text.slice(start, end));
    for (let head = 0; head < HARM; head += 1) odds[head] = (odds[head] as number) + harm;
    return odds;
  }

  /** A number that marks what a chunk has. */
  #nextChunk(): number {
    this.#chunk += 1;
    if (this.#chunk < 2 ** 32) return this.#chunk;
    this.#spoken.fill(0);
    this.#said.fill(0);
    this.#chunk = 1;
    return this.#chunk;
  }

  /** Log-odds that a text is harmful by its words alone. */
  #wordOdds(text: string): number {
    const { bias, scale } = this.#file.words;
    const said = this.#said;
    const weights = this.#wordWeights;
    const chunk = this.#chunk;
    let sum = 0;
    let count = 0;
    forEachFeature(text, this.#words, (bucket) => {
      if (said[bucket] === chunk) return;
      said[bucket] = chunk;
      count += 1;
      sum += weights[bucket] as number;
    });
    return bias + (sum * scale) / Math.sqrt(count + this.#file.damping);
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  // A copy of its own: a buffer of node's pool would hold other things too.
  return new Uint8Array(Buffer.from(text, 'base64'));
}
