import { BASELINE_SAMPLE_MIN } from './baseline.ts';

/** The same measured twice. */
export interface Sides<Summary> {
  readonly before: Summary;
  readonly after: Summary;
  /** How much longer the period before was than the one after. */
  readonly lengths: number;
}

type Counted = Sides<{ readonly count: number; readonly designEffect: number }>;

/** How many observations are worth an independent one on each side, by how they varied before: where more of them come in the same time, they have more in common. */
export function effectsOf({ before, after, lengths }: Counted): readonly [before: number, after: number] {
  const denser = before.count === 0 ? 1 : (after.count * lengths) / before.count;
  return [before.designEffect, 1 + (before.designEffect - 1) * denser];
}

/** Independent observations that both sides are worth. */
export function worth(sides: Counted): readonly [before: number, after: number] {
  const [one, other] = effectsOf(sides);
  return [sides.before.count / one, sides.after.count / other];
}

export function isThin({ before, after }: Pick<Counted, 'before' | 'after'>): boolean {
  return Math.min(before.count, after.count) < BASELINE_SAMPLE_MIN;
}
