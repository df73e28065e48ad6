import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { rounded } from '../distribution.ts';

/** By stretch of the period. */
export interface VendorTrendReport {
  readonly startsMs: readonly number[];
  readonly answered: readonly number[];
  readonly failed: readonly number[];
  /** Milliseconds; null where nothing was measured. */
  readonly latencyP50: readonly (number | null)[];
  readonly latencyP95: readonly (number | null)[];
}

/** How one model did over the period. */
export class VendorTrend {
  readonly #answered: number[];
  readonly #failed: number[];
  readonly #latency: (QuantileSketch | undefined)[];

  constructor(bins: number) {
    this.#answered = new Array<number>(bins).fill(0);
    this.#failed = new Array<number>(bins).fill(0);
    this.#latency = new Array<QuantileSketch | undefined>(bins).fill(undefined);
  }

  count(bin: number, isAnswered: boolean): void {
    const counts = isAnswered ? this.#answered : this.#failed;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }

  took(bin: number, ms: number): void {
    if (!(ms >= 0)) return;
    const sketch = this.#latency[bin] ?? new QuantileSketch();
    this.#latency[bin] = sketch;
    sketch.add(ms);
  }

  report(startsMs: readonly number[]): VendorTrendReport {
    const at = (share: number) =>
      this.#latency.map((sketch) => {
        const value = sketch?.quantile(share);
        return value === undefined ? null : rounded(value);
      });
    return {
      startsMs,
      answered: [...this.#answered],
      failed: [...this.#failed],
      latencyP50: at(0.5),
      latencyP95: at(0.95),
    };
  }
}
