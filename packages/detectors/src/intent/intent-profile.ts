import { type Background, openBackground } from './background.ts';
import { featuresOf, rarityOf, type TextFeatures } from './text-features.ts';
import tuning from './tuning.json' with { type: 'json' };
import { stemsOf } from './words.ts';

export interface IntentOptions {
  /** What the assistant is for. */
  readonly description: string;
  /** Texts that belong to it. */
  readonly onIntent: readonly string[];
  /** Texts that don't, though they may look like it. */
  readonly offIntent: readonly string[];
}

interface Weighed {
  readonly example: number;
  readonly weight: number;
}

interface ReadText {
  readonly stems: readonly string[];
  readonly features: TextFeatures;
}

type Learning = readonly [Map<string, Weighed[]>, Map<string, number>];

/** What a text is, measured against a profile. */
export type Measured =
  /** So little that it may belong to any conversation. */
  | 'follow-up'
  /** Not in the language of the profile, or of the background. */
  | 'language'
  /** 0..1: 0.5 where the 5 % of the examples begin that are least like the others. */
  | { readonly offIntent: number };

/**
 * Texts that belong to an assistant, and what they have in common against texts about anything. Made without a network: 200 examples
 * take some 30 ms. How unlike the others each example is, left out itself, says what is unusual.
 */
export class IntentProfile {
  readonly #background: Background;
  readonly #index = new Map<string, Weighed[]>();
  readonly #offIndex = new Map<string, Weighed[]>();
  /** Examples that hold a stem, and off-intent ones. */
  readonly #counts = new Map<string, number>();
  readonly #offCounts = new Map<string, number>();
  readonly #examples: number;
  readonly #offExamples: number;
  readonly #median: number;
  readonly #unusual: number;

  constructor({ description, onIntent, offIntent }: IntentOptions) {
    this.#background = openBackground();
    const examples = onIntent.map((text) => this.#read(stemsOf(text)));
    const prior = stemsOf(description);
    this.#examples = examples.length;
    this.#offExamples = offIntent.length;
    for (const [example, read] of examples.entries()) this.#learn(read, example, [this.#index, this.#counts]);
    for (const [example, text] of offIntent.entries()) {
      this.#learn(this.#read(stemsOf(text)), example, [this.#offIndex, this.#offCounts]);
    }
    // What the description names is expected, as if one more example held it.
    for (const stem of new Set(prior)) this.#counts.set(stem, (this.#counts.get(stem) ?? 0) + 1);
    const own = examples.map((read, example) => this.#raw(read, example)).sort((a, b) => a - b);
    this.#median = own[own.length >> 1] ?? 0;
    this.#unusual = own[Math.floor(own.length * tuning.falseAlarms)] ?? 0;
  }

  /** Whether there are examples enough to measure anything by. */
  static isPossible({ onIntent }: IntentOptions): boolean {
    return onIntent.length >= tuning.leastExamples;
  }

  /**
   * Of a question all parts count, of an answer the part that fits best: it says more than was asked, and in other words, so that it has
   * to be more unusual than a question.
   * Cost: O(examples that share features), at most 16 windows of 40 words.
   */
  measure(text: string, what: 'question' | 'answer'): Measured {
    const stems = stemsOf(text);
    const content = new Set(stems.filter((stem) => this.#isContent(stem)));
    if (!this.#isKnown(stems)) return 'language';
    if (content.size < tuning.leastContentWords) return 'follow-up';
    const scores = windowsOf(stems).map((window) => this.#raw(this.#read(window)));
    const raw = what === 'answer' ? Math.max(...scores) : scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const shift = what === 'answer' ? tuning.answerShift : 0;
    const unusual = (this.#median - raw) / Math.max(this.#median - this.#unusual, Number.EPSILON) - shift;
    return { offIntent: 1 / (1 + Math.exp(-tuning.slope * (unusual - 1))) };
  }

  #isContent(stem: string): boolean {
    return !this.#background.isFollowUp(stem) && rarityOf(stem, this.#background) >= tuning.contentRarity;
  }

  /** By letters, since scripts without spaces have few words. */
  #isKnown(stems: readonly string[]): boolean {
    let [letters, known] = [0, 0];
    for (const stem of stems) {
      letters += stem.length;
      if (this.#background.knows(stem) || this.#counts.has(stem) || this.#background.isFollowUp(stem))
        known += stem.length;
    }
    return letters < tuning.leastLetters || known >= tuning.leastKnownShare * letters;
  }

  #read(stems: readonly string[]): ReadText {
    return { stems, features: featuresOf(stems, this.#background) };
  }

  #learn({ stems, features }: ReadText, example: number, [index, counts]: Learning): void {
    for (const [feature, weight] of features) {
      const own = index.get(feature);
      if (own === undefined) index.set(feature, [{ example, weight }]);
      else own.push({ example, weight });
    }
    for (const stem of new Set(stems)) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }

  /** How much a text is like the examples: its nearest ones, and its words. @param leftOut an example that doesn't count */
  #raw({ stems, features }: ReadText, leftOut = -1): number {
    const near = highest(likeness(features, this.#index, this.#examples), leftOut, tuning.neighbours);
    const off = highest(likeness(features, this.#offIndex, this.#offExamples), -1, 1);
    return tuning.neighbourWeight * near - tuning.offWeight * off + tuning.wordWeight * this.#words(stems, leftOut);
  }

  /** Mean of how much more often the examples hold its words than other texts do, by their rarity. */
  #words(stems: readonly string[], leftOut: number): number {
    const less = leftOut >= 0 ? 1 : 0;
    let [sum, weights] = [0, 0];
    for (const stem of new Set(stems)) {
      const weight = Math.min(rarityOf(stem, this.#background), tuning.wordRarityMax);
      sum += weight * Math.min(Math.max(this.#odds(stem, less), tuning.wordOddsMin), tuning.wordOddsMax);
      weights += weight;
    }
    return weights === 0 ? 0 : sum / weights;
  }

  #odds(stem: string, less: number): number {
    const { texts } = this.#background;
    const off = this.#offExamples === 0 ? 0 : (this.#offCounts.get(stem) ?? 0) / Math.max(50, this.#offExamples) / 2;
    const usual = (this.#background.countOf(stem) + 0.5) / (texts + 1) + off;
    const here = Math.max(0, (this.#counts.get(stem) ?? 0) - less);
    return Math.log((here + tuning.smoothing * usual) / (this.#examples + tuning.smoothing) / usual);
  }
}

function likeness(
  features: TextFeatures,
  index: ReadonlyMap<string, readonly Weighed[]>,
  examples: number,
): Float64Array {
  const sums = new Float64Array(examples);
  for (const [feature, weight] of features) {
    for (const { example, weight: own } of index.get(feature) ?? [])
      sums[example] = (sums[example] ?? 0) + weight * own;
  }
  return sums;
}

/** Mean of the highest. */
function highest(values: Float64Array, leftOut: number, count: number): number {
  const best = Array.from({ length: count }, () => 0);
  for (const [at, value] of values.entries()) {
    if (at === leftOut || value <= (best[count - 1] ?? 0)) continue;
    best[count - 1] = value;
    best.sort((a, b) => b - a);
  }
  return best.reduce((sum, value) => sum + value, 0) / count;
}

/** Windows over a long text, spread evenly; a short one is one. */
function windowsOf(stems: readonly string[]): readonly (readonly string[])[] {
  const { windowWords, windowsMax } = tuning;
  const count = Math.min(windowsMax, Math.ceil(stems.length / windowWords));
  if (count <= 1) return [stems];
  const step = (stems.length - windowWords) / (count - 1);
  return Array.from({ length: count }, (_, at) => {
    const start = Math.floor(at * step);
    return stems.slice(start, start + windowWords);
  });
}
