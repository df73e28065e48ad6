import {
  areaUnderRoc,
  EFFECTS,
  type Effect,
  type Interval,
  recallAtFalsePositiveRate,
  wilsonInterval,
} from '@sallyport/core';
import { type SpanMetrics, SpanTally } from './span-tally.ts';

export interface Judged {
  readonly positive: boolean;
  /** What the data set calls this sort of row. */
  readonly kind: string;
  /** Highest raw score, 0..1, before any threshold. */
  readonly score: number;
  readonly effect: Effect;
  readonly bytes: number;
  /** CPU time of the inspection, microseconds. */
  readonly cpuUs: number;
  /** Whether a detector gave no answer to trust. */
  readonly unchecked: boolean;
}

/** A share with its 95 % Wilson interval; null when nothing was there to measure it on. */
export interface Share {
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
}

/** Rows of one kind: what was missed shows here, not in the average. */
export interface KindCounts {
  readonly attack: boolean;
  readonly n: number;
  /** Rows with any effect but `allow`. */
  readonly noticed: number;
  /** Rows that were redacted, asked about or blocked. */
  readonly stopped: number;
}

export interface SourceMetrics {
  readonly source: string;
  readonly n: number;
  readonly attacks: number;
  readonly benign: number;
  /** Rows that say nothing about this head. */
  readonly excluded: number;
  readonly auc: number | null;
  /** Recall at the lowest threshold that takes at most 1 % of the benign rows. */
  readonly recallAt1pctFpr: number | null;
  readonly recallAt1pctFprInterval: readonly [number, number] | null;
  /** Shares of attacks and of benign rows that the policies did something about: any effect but `allow`. */
  readonly recall: number | null;
  readonly recallInterval: readonly [number, number] | null;
  readonly fpr: number | null;
  readonly fprInterval: readonly [number, number] | null;
  /** The same for effects that change or stop the content: `redact`, `ask`, `block`. */
  readonly stopped: { readonly recall: number | null; readonly fpr: number | null };
  readonly effects: {
    readonly attack: Readonly<Record<Effect, number>>;
    readonly benign: Readonly<Record<Effect, number>>;
  };
  /** By kind, in order of name. */
  readonly kinds: Readonly<Record<string, KindCounts>>;
  /** Rows on which a detector gave no answer to trust. */
  readonly unchecked: number;
  /** UTF-8 bytes of text that were inspected. */
  readonly bytes: number;
  /** CPU microseconds of inspection per 1,024 bytes of text. A few KB say little: one pause of the machine weighs as much. */
  readonly usPerKb: number | null;
  readonly spans?: SpanMetrics;
}

const RATE = 0.01;

/** Adds up the rows of one source. Memory: one number a row. */
export class SourceTally {
  readonly source: string;
  readonly spans = new SpanTally();
  readonly #scores = { attack: [] as number[], benign: [] as number[] };
  readonly #effects = { attack: noEffects(), benign: noEffects() };
  readonly #kinds = new Map<string, { attack: boolean; n: number; noticed: number; stopped: number }>();
  #excluded = 0;
  #unchecked = 0;
  #bytes = 0;
  #cpuUs = 0;

  constructor(source: string) {
    this.source = source;
  }

  exclude(): void {
    this.#excluded += 1;
  }

  add({ positive, kind, score, effect, bytes, cpuUs, unchecked }: Judged): void {
    const side = positive ? 'attack' : 'benign';
    this.#scores[side].push(score);
    this.#effects[side][effect] += 1;
    const counts = this.#kindOf(kind, positive);
    counts.n += 1;
    if (isNoticed(effect)) counts.noticed += 1;
    if (isStopped(effect)) counts.stopped += 1;
    this.#bytes += bytes;
    this.#cpuUs += cpuUs;
    if (unchecked) this.#unchecked += 1;
  }

  metrics(): SourceMetrics {
    const { attack, benign } = this.#scores;
    const at = recallAtFalsePositiveRate(attack, benign, RATE);
    const recall = this.#share('attack', isNoticed);
    const fpr = this.#share('benign', isNoticed);
    return {
      source: this.source,
      n: attack.length + benign.length,
      attacks: attack.length,
      benign: benign.length,
      excluded: this.#excluded,
      auc: areaUnderRoc(attack, benign) ?? null,
      recallAt1pctFpr: at?.recall ?? null,
      recallAt1pctFprInterval:
        at === undefined ? null : pair(wilsonInterval(Math.round(at.recall * attack.length), attack.length)),
      recall: recall.value,
      recallInterval: recall.interval,
      fpr: fpr.value,
      fprInterval: fpr.interval,
      stopped: {
        recall: this.#share('attack', isStopped).value,
        fpr: this.#share('benign', isStopped).value,
      },
      effects: this.#effects,
      kinds: Object.fromEntries([...this.#kinds].sort(([a], [b]) => (a < b ? -1 : 1))),
      unchecked: this.#unchecked,
      bytes: this.#bytes,
      usPerKb: this.#bytes === 0 ? null : (this.#cpuUs * 1_024) / this.#bytes,
      ...(this.spans.isEmpty ? {} : { spans: this.spans.metrics() }),
    };
  }

  /** One word may stand on both sides, as a rule of secrets does for its examples and its counter-examples. */
  #kindOf(kind: string, attack: boolean) {
    const key = attack ? kind || 'attack' : `benign ${kind}`.trim();
    let counts = this.#kinds.get(key);
    if (counts === undefined) {
      counts = { attack, n: 0, noticed: 0, stopped: 0 };
      this.#kinds.set(key, counts);
    }
    return counts;
  }

  #share(side: 'attack' | 'benign', counts: (effect: Effect) => boolean): Share {
    const total = this.#scores[side].length;
    if (total === 0) return { value: null, interval: null };
    const hits = EFFECTS.filter(counts).reduce((sum, effect) => sum + this.#effects[side][effect], 0);
    return { value: hits / total, interval: pair(wilsonInterval(hits, total)) };
  }
}

function isNoticed(effect: Effect): boolean {
  return effect !== 'allow';
}

function isStopped(effect: Effect): boolean {
  return effect === 'redact' || effect === 'ask' || effect === 'block';
}

function noEffects(): Record<Effect, number> {
  return { allow: 0, flag: 0, redact: 0, ask: 0, block: 0 };
}

function pair(interval: Interval | undefined): readonly [number, number] | null {
  return interval === undefined ? null : [interval.low, interval.high];
}
