import { createHash } from 'node:crypto';
import { type Fault, isFault } from '@sallyport/core';
import { type FeatureOptions, forEachLetters, forEachWord, pairBucket, type ReadWord, wordBucket } from './features.ts';
import { type LinearHead, readModel } from './model-file.ts';

/** The window of a text for which one head has most to say. */
export interface StrongestWindow {
  /** Log-odds, before calibration. */
  readonly logit: number;
  /** In the text, UTF-16 units; `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Words whose own sum is remembered; a power of 2. Text is made of a few thousand words that come again and again. */
const REMEMBERED_WORDS = 8_192;

/**
 * A trained model over hashed words: the log-odds of a window are the bias and its features' weights, over the root of their
 * number. What a word and its letters weigh is remembered, so that only new words are spelled.
 */
export class LinearModel {
  readonly features: FeatureOptions;
  readonly windowChars: number;
  readonly heads: readonly LinearHead[];
  /** SHA-256 of the file, hexadecimal. */
  readonly digest: string;
  readonly #weights: Int8Array;
  readonly #mask: number;
  /** Of each remembered word: its two hashes, the number of its features, their weights by head. */
  readonly #firsts = new Int32Array(REMEMBERED_WORDS);
  readonly #seconds = new Int32Array(REMEMBERED_WORDS);
  readonly #counts = new Uint16Array(REMEMBERED_WORDS);
  readonly #sums: Int32Array;

  private constructor(model: Pick<LinearModel, 'features' | 'windowChars' | 'heads' | 'digest'>, weights: Int8Array) {
    this.features = model.features;
    this.windowChars = model.windowChars;
    this.heads = model.heads;
    this.digest = model.digest;
    this.#weights = weights;
    this.#mask = 2 ** model.features.bits - 1;
    this.#sums = new Int32Array(REMEMBERED_WORDS * model.heads.length);
  }

  /** A model from its file. Bytes that are none give a fault. The bytes are kept, not copied. */
  static open(bytes: Uint8Array): LinearModel | Fault {
    const read = readModel(bytes);
    if (isFault(read)) return read;
    const digest = createHash('sha256').update(bytes).digest('hex');
    return new LinearModel({ ...read, digest }, read.weights);
  }

  /** Log-odds of the first head; of a longer text those of its strongest window. Cost: O(n), see `strongest()`. */
  score(text: string): number {
    return this.strongest(text)[0]?.logit ?? 0;
  }

  /**
   * The strongest window for each head, in the order of the heads.
   * Cost: O(n · heads), 7-10 us per KB of common words and one head; 50 us per KB of words that never came before.
   */
  strongest(text: string): readonly StrongestWindow[] {
    const heads = this.heads.length;
    const half = this.windowChars === 0 ? Math.max(1, text.length) : this.windowChars / 2;
    const halves = Math.max(1, Math.ceil(text.length / half));
    const sums = new Int32Array(halves * heads);
    const counts = new Uint32Array(halves);
    const pairs = this.features.words === 2;
    let before = 0;
    forEachWord(text, (word) => {
      const place = Math.floor(word.start / half);
      const slot = this.#slotOf(word);
      const pair = pairs && before !== 0 ? (pairBucket(before, word.hash) & this.#mask) * heads : -1;
      counts[place] = (counts[place] as number) + (this.#counts[slot] as number) + Number(pair >= 0);
      for (let head = 0; head < heads; head += 1) {
        const at = place * heads + head;
        const pairWeight = pair >= 0 ? (this.#weights[pair + head] as number) : 0;
        sums[at] = (sums[at] as number) + (this.#sums[slot * heads + head] as number) + pairWeight;
      }
      before = word.hash;
    });
    return this.heads.map((_, head) => this.#strongestOf(head, { half, sums, counts, length: text.length }));
  }

  /** Where a word's own features are remembered; they are counted now when it is new. */
  #slotOf(word: ReadWord): number {
    const { hash, second } = word;
    const slot = (hash ^ (hash >>> 15)) & (REMEMBERED_WORDS - 1);
    if (this.#firsts[slot] === hash && this.#seconds[slot] === second && this.#counts[slot] !== 0) return slot;
    this.#firsts[slot] = hash;
    this.#seconds[slot] = second;
    const heads = this.heads.length;
    const from = slot * heads;
    const weights = this.#weights;
    const mask = this.#mask;
    const sums = this.#sums;
    let count = 0;
    sums.fill(0, from, from + heads);
    const add = (bucket: number) => {
      const at = (bucket & mask) * heads;
      for (let head = 0; head < heads; head += 1)
        sums[from + head] = (sums[from + head] as number) + (weights[at + head] as number);
      count += 1;
    };
    add(wordBucket(hash));
    if (this.features.letters !== undefined && word.spelled) forEachLetters(word, this.features.letters, add);
    this.#counts[slot] = count;
    return slot;
  }

  #strongestOf(
    head: number,
    { half, sums, counts, length }: { half: number; sums: Int32Array; counts: Uint32Array; length: number },
  ): StrongestWindow {
    const { bias, scale } = this.heads[head] as LinearHead;
    const heads = this.heads.length;
    let best: StrongestWindow | undefined;
    for (let place = 0; place === 0 || place < counts.length - 1; place += 1) {
      const sum = (sums[place * heads + head] ?? 0) + (sums[(place + 1) * heads + head] ?? 0);
      const count = (counts[place] ?? 0) + (counts[place + 1] ?? 0);
      const logit = bias + (sum * scale) / Math.sqrt(Math.max(1, count));
      if (best !== undefined && logit <= best.logit) continue;
      best = { logit, start: place * half, end: Math.min(length, (place + 2) * half) };
    }
    return best ?? { logit: bias, start: 0, end: length };
  }
}
