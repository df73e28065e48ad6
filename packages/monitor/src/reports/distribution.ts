import type { QuantileSketch } from '../sketch/quantile-sketch.ts';

/** What a sketch says of numbers that were measured; of none of them nothing but that. Quantiles are right within 1 %. */
export interface Distribution {
  readonly count: number;
  readonly mean?: number;
  readonly p50?: number;
  readonly p90?: number;
  readonly p95?: number;
  readonly p99?: number;
}

export function distributionOf(sketch: QuantileSketch): Distribution {
  const { count } = sketch;
  if (count === 0) return { count };
  const at = (share: number) => rounded(sketch.quantile(share) ?? 0);
  return { count, mean: rounded(sketch.sum / count), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

/** Digits beyond these say nothing of what was measured. */
const DIGITS = 6;

export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** A share, 0..1; nothing where there is nothing to share. */
export function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : rounded(part / whole);
}
