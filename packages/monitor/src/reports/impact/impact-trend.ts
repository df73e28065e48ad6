import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { rounded } from '../distribution.ts';

/** What is counted in each stretch of the period. */
export const TREND_COUNTS = [
  'exchanges',
  'attacks',
  'exposures',
  'alerts',
  'asked',
  'alone',
  'withPerson',
  'aloneAtTool',
  'withPersonAtTool',
  'inspectedChars',
  'uninspectedChars',
] as const;
export type TrendCount = (typeof TREND_COUNTS)[number];

/** By stretch of the period. */
export interface ImpactTrendReport extends Readonly<Record<TrendCount, readonly number[]>> {
  readonly startsMs: readonly number[];
  /** Milliseconds before the call of the provider; null where there was none. */
  readonly beforeP50: readonly (number | null)[];
  readonly beforeP95: readonly (number | null)[];
}

/** How it went over the period. */
export class ImpactTrend {
  readonly #counts: Readonly<Record<TrendCount, number[]>>;
  readonly #before: (QuantileSketch | undefined)[];

  constructor(bins: number) {
    const none = () => new Array<number>(bins).fill(0);
    this.#counts = Object.fromEntries(TREND_COUNTS.map((name) => [name, none()])) as Record<TrendCount, number[]>;
    this.#before = new Array<QuantileSketch | undefined>(bins).fill(undefined);
  }

  count(bin: number, name: TrendCount, count = 1): void {
    this.#counts[name][bin] = (this.#counts[name][bin] ?? 0) + count;
  }

  waited(bin: number, ms: number): void {
    const sketch = this.#before[bin] ?? new QuantileSketch();
    this.#before[bin] = sketch;
    sketch.add(ms);
  }

  report(startsMs: readonly number[]): ImpactTrendReport {
    const at = (share: number) =>
      this.#before.map((sketch) => {
        const value = sketch?.quantile(share);
        return value === undefined ? null : rounded(value);
      });
    return {
      startsMs,
      ...this.#counts,
      beforeP50: at(0.5),
      beforeP95: at(0.95),
    };
  }
}
