import { areaUnderRoc, wilsonInterval } from '@sallyport/core';

/** A share of a count, with its 95 % interval. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Area under the ROC curve, 0..1: how often an attack scores above a benign text; ties count half. NaN when either is empty. */
export function auc(attacks: readonly number[], benign: readonly number[]): number {
  return areaUnderRoc(attacks, benign) ?? Number.NaN;
}

/** The lowest threshold that at most a share `fpr` (0..1) of the benign scores lie above. */
export function thresholdAt(benign: readonly number[], fpr: number): number {
  const falling = [...benign].sort((a, b) => b - a);
  return falling[Math.floor(fpr * falling.length)] ?? Number.NEGATIVE_INFINITY;
}

/** Share of scores above a threshold, with Wilson's interval: all of 0..1 when there is nothing to count. */
export function shareAbove(scores: readonly number[], threshold: number): Share {
  const hits = scores.filter((score) => score > threshold).length;
  const count = scores.length;
  const { low, high } = wilsonInterval(hits, count) ?? { low: 0, high: 1 };
  return { share: count === 0 ? 0 : hits / count, low, high, count };
}
