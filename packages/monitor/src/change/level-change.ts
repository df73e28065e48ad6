import type { Change, ChangeDetector } from './change.ts';
import { BothSides } from './excess.ts';

export interface LevelOptions {
  /** Values are compared by their ratios (default), as times and amounts are, or by their differences. */
  readonly scale?: 'ratio' | 'difference';
  /** Observations that are averaged before they are judged, 1.., default 8. */
  readonly batch?: number;
  /** Batches before anything is said, 2.., default 40. */
  readonly warmUp?: number;
  /** Drift that is let pass, in standard deviations of a batch, default 0.5. */
  readonly delta?: number;
  /** Sum of what goes beyond at which an alarm is raised, likewise, default 12. */
  readonly lambda?: number;
}

const DEFAULTS: Required<LevelOptions> = { scale: 'ratio', batch: 8, warmUp: 40, delta: 0.5, lambda: 12 };
/** Smaller values count as this one: where values are compared by their ratios, none may be zero. */
const SMALLEST = 1e-9;
/** A single value counts at most so many standard deviations of single values: one stray value moves nothing. */
const CLIP = 4;
/** A level that never moved has this standard deviation, relatively to its scale: otherwise the first other value were infinitely far away. */
const LEAST_DEVIATION = 0.02;

/** Mean and variance of what came so far. Source: B. P. Welford, Technometrics 4 (1962). */
class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count += 1;
    const away = value - this.mean;
    this.mean += away / this.count;
    this.#squares += away * (value - this.mean);
  }

  get deviation(): number {
    return this.count < 2 ? 0 : Math.sqrt(this.#squares / (this.count - 1));
  }
}

/**
 * Says when a level moves up or down and stays there: a two-sided Page-Hinkley test on averages of a few observations, measured in their
 * own standard deviations, so that it needs no units. What is usual is what came since it last learnt.
 * Source: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954); D. V. Hinkley, Biometrika 58 (1971).
 * False alarms, delays and cost: `benchmarks/drift`. No memory beyond a few numbers.
 */
export class LevelChange implements ChangeDetector<number> {
  readonly #options: Required<LevelOptions>;
  #single = new Moments();
  #batches = new Moments();
  #sides = new BothSides();
  #sum = 0;
  #inBatch = 0;
  #batchFromMs = 0;

  constructor(options?: LevelOptions) {
    // Thousands of them share what is usual.
    this.#options = options === undefined ? DEFAULTS : { ...DEFAULTS, ...options };
  }

  get isLearning(): boolean {
    return this.#batches.count < this.#options.warmUp;
  }

  /** What is usual, in the unit of the observations; of ratios the geometric mean. Undefined before anything came. */
  get usual(): number | undefined {
    return this.#batches.count === 0 ? undefined : this.#shown(this.#batches.mean);
  }

  /** @param value what is not finite is not taken */
  observe(value: number, atMs = 0): Change | undefined {
    if (!Number.isFinite(value)) return undefined;
    const read = this.#options.scale === 'ratio' ? Math.log(Math.max(value, SMALLEST)) : value;
    const clipped = this.#clipped(read);
    if (this.#inBatch === 0) this.#batchFromMs = atMs;
    this.#sum += clipped;
    this.#single.add(clipped);
    this.#inBatch += 1;
    if (this.#inBatch < this.#options.batch) return undefined;
    const mean = this.#sum / this.#inBatch;
    this.#sum = 0;
    this.#inBatch = 0;
    return this.#judge(mean);
  }

  #judge(mean: number): Change | undefined {
    const { delta, lambda } = this.#options;
    const learnt = !this.isLearning;
    const usual = this.#batches.mean;
    const deviation = Math.max(this.#batches.deviation, this.#leastDeviation(usual));
    this.#batches.add(mean);
    if (!learnt) return undefined;
    const away = (mean - usual) / deviation;
    this.#sides.up.add(away - delta, mean, this.#batchFromMs);
    this.#sides.down.add(-away - delta, mean, this.#batchFromMs);
    const moved = this.#sides.reaching(lambda);
    if (moved === undefined) return undefined;
    const { side, direction } = moved;
    // Without what came since it began to move.
    const before = (this.#batches.mean * this.#batches.count - side.total) / (this.#batches.count - side.since);
    const change: Change = {
      direction,
      before: this.#shown(before),
      after: this.#shown(side.total / side.since),
      since: side.since * this.#options.batch,
      fromMs: side.fromMs,
      strength: side.sum / lambda,
    };
    this.#learnAnew();
    return change;
  }

  #learnAnew(): void {
    this.#single = new Moments();
    this.#batches = new Moments();
    this.#sides = new BothSides();
  }

  #clipped(read: number): number {
    if (this.#single.count < this.#options.batch * 2) return read;
    const { mean } = this.#single;
    const reach = CLIP * Math.max(this.#single.deviation, this.#leastDeviation(mean));
    return Math.min(mean + reach, Math.max(mean - reach, read));
  }

  #leastDeviation(usual: number): number {
    return this.#options.scale === 'ratio' ? LEAST_DEVIATION : Math.max(SMALLEST, LEAST_DEVIATION * Math.abs(usual));
  }

  #shown(read: number): number {
    return this.#options.scale === 'ratio' ? Math.exp(read) : read;
  }
}
