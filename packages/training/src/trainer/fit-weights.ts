import { Seeded } from '../generators/seeded.ts';
import type { WindowFeatures } from './read-windows.ts';

/** One window with its label and how much it counts. */
export interface Example {
  readonly features: WindowFeatures;
  readonly attack: boolean;
  readonly weight: number;
}

export interface FitOptions {
  readonly bits: number;
  readonly epochs: number;
  readonly seed: string;
  /** Pull of every weight towards 0; default 1e-5. */
  readonly shrinkage?: number;
}

/** A model before its weights are rounded. */
export interface Fitted {
  readonly bias: number;
  readonly weights: Float32Array;
}

const LEARNING_RATE = 0.3;
const BIAS_RATE = 0.03;
/** Shrinks what is seen often; what is seen once or twice moves little anyway. */
const SHRINKAGE_DEFAULT = 1e-5;
const FIRST_SQUARE = 1e-2;

/** Logistic regression by AdaGrad. The same examples and options give the same numbers. Cost: O(epochs · features). */
export function fitWeights(
  examples: readonly Example[],
  { bits, epochs, seed, shrinkage = SHRINKAGE_DEFAULT }: FitOptions,
): Fitted {
  const weights = new Float32Array(2 ** bits);
  const squares = new Float32Array(2 ** bits).fill(FIRST_SQUARE);
  let bias = 0;
  let biasSquare = FIRST_SQUARE;
  const order = Uint32Array.from(examples, (_, at) => at);
  const seeded = new Seeded(seed);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(order, seeded);
    for (const place of order) {
      const { features, attack, weight } = examples[place] as Example;
      const error = (1 / (1 + Math.exp(-logitOf({ bias, weights }, features))) - Number(attack)) * weight;
      const { buckets, values } = features;
      for (let at = 0; at < buckets.length; at += 1) {
        const bucket = buckets[at] as number;
        const held = weights[bucket] as number;
        const slope = error * (values[at] as number) + shrinkage * held;
        const square = (squares[bucket] as number) + slope * slope;
        squares[bucket] = square;
        weights[bucket] = held - (LEARNING_RATE * slope) / Math.sqrt(square);
      }
      biasSquare += error * error;
      bias -= (BIAS_RATE * error) / Math.sqrt(biasSquare);
    }
  }
  return { bias, weights };
}

export function logitOf({ bias, weights }: Fitted, { buckets, values }: WindowFeatures): number {
  let sum = bias;
  for (let at = 0; at < buckets.length; at += 1)
    sum += (weights[buckets[at] as number] as number) * (values[at] as number);
  return sum;
}

function shuffle(order: Uint32Array, seeded: Seeded): void {
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = seeded.below(at + 1);
    const held = order[at] as number;
    order[at] = order[other] as number;
    order[other] = held;
  }
}
