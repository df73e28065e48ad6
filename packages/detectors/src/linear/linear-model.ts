import { type Fault, isFault } from '@sallyport/core';
import { type FeatureOptions, forEachFeature } from './features.ts';
import { type LinearHead, readModel } from './model-file.ts';

/** The window of a text for which one head has most to say. */
export interface StrongestWindow {
  /** Log-odds, before calibration. */
  readonly logit: number;
  /** In the text, UTF-16 units; `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** A trained model over hashed words: the log-odds of a text are its bias and the mean-like sum of its features' weights. */
export class LinearModel {
  readonly features: FeatureOptions;
  readonly windowChars: number;
  readonly heads: readonly LinearHead[];
  readonly #weights: Int8Array;

  private constructor(model: Pick<LinearModel, 'features' | 'windowChars' | 'heads'>, weights: Int8Array) {
    this.features = model.features;
    this.windowChars = model.windowChars;
    this.heads = model.heads;
    this.#weights = weights;
  }

  /** A model from its file. Bytes that are none give a fault. The bytes are kept, not copied. */
  static open(bytes: Uint8Array): LinearModel | Fault {
    const read = readModel(bytes);
    return isFault(read) ? read : new LinearModel(read, read.weights);
  }

  /** Log-odds of the first head; of a longer text those of its strongest window. Cost: O(n), see `forEachFeature()`. */
  score(text: string): number {
    return this.strongest(text)[0]?.logit ?? 0;
  }

  /** The strongest window for each head, in the order of the heads. Cost: O(n · heads). */
  strongest(text: string): readonly StrongestWindow[] {
    const heads = this.heads.length;
    const half = this.windowChars === 0 ? Math.max(1, text.length) : this.windowChars / 2;
    const halves = Math.max(1, Math.ceil(text.length / half));
    const sums = new Float64Array(halves * heads);
    const counts = new Uint32Array(halves);
    const weights = this.#weights;
    forEachFeature(text, this.features, (bucket, at) => {
      const place = Math.floor(at / half);
      counts[place] = (counts[place] as number) + 1;
      for (let head = 0; head < heads; head += 1) {
        const sum = place * heads + head;
        sums[sum] = (sums[sum] as number) + (weights[bucket * heads + head] as number);
      }
    });
    return this.heads.map((head, ordinal) => {
      let best: StrongestWindow | undefined;
      for (let place = 0; place === 0 || place < halves - 1; place += 1) {
        const sum = (sums[place * heads + ordinal] ?? 0) + (sums[(place + 1) * heads + ordinal] ?? 0);
        const count = (counts[place] ?? 0) + (counts[place + 1] ?? 0);
        const logit = head.bias + (count === 0 ? 0 : (sum * head.scale) / Math.sqrt(count));
        if (best !== undefined && logit <= best.logit) continue;
        best = { logit, start: place * half, end: Math.min(text.length, (place + 2) * half) };
      }
      return best ?? { logit: head.bias, start: 0, end: text.length };
    });
  }
}
