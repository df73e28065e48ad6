import type { Fitted } from './fit-weights.ts';

/** Weights of one byte. */
export interface Quantised {
  readonly bias: number;
  readonly scale: number;
  readonly weights: Int8Array;
}

const LARGEST = 127;
/** Weights above this quantile are cut: few, and one of them would make all others coarse. */
const KEPT_SHARE = 0.9998;
/** Digits that a file states. */
const DIGITS = 6;

/** Rounds weights to one byte each. */
export function quantise({ bias, weights }: Fitted): Quantised {
  const sizes = Float32Array.from(
    weights.filter((weight) => weight !== 0),
    Math.abs,
  ).sort();
  const largest = sizes[Math.floor((sizes.length - 1) * KEPT_SHARE)] ?? 1;
  const scale = Number((largest / LARGEST).toPrecision(DIGITS));
  return {
    bias: Number(bias.toPrecision(DIGITS)),
    scale,
    weights: Int8Array.from(weights, (weight) => Math.max(-LARGEST, Math.min(LARGEST, Math.round(weight / scale)))),
  };
}

/** The model that the file will hold, as numbers again: what is measured is what ships. */
export function restored({ bias, scale, weights }: Quantised): Fitted {
  return { bias, weights: Float32Array.from(weights, (weight) => weight * scale) };
}
