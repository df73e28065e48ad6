import type { Answers, CanaryRound } from './border-shift.ts';

/** Shuffles by which chance is judged. */
export const PERMUTATIONS = 999;

/**
 * Whether two sets of answers to the same inputs come from different models: the squared maximum mean discrepancy with the Hamming kernel, of
 * one-token answers 1 where both are the same, summed over inputs and judged by shuffling answers between both sides. Source: I. Gao et al., "Model Equality
 * Testing", ICLR 2025.
 * @param random numbers in [0,1)
 * @returns how probable so large a discrepancy is by chance, 0..1; 1 where there is nothing to compare
 * Cost: O(inputs x answers x 999); 20 inputs of 2 x 30 answers take 15 ms.
 */
export function confirmShift(reference: CanaryRound, now: CanaryRound, random: () => number): number {
  const inputs = reference.flatMap((before, at) => {
    const after = now[at];
    const [all, others] = [listed(before), after === undefined ? [] : listed(after)];
    // A discrepancy of one answer is not defined.
    return all.length < 2 || others.length < 2 ? [] : [{ drawn: [...all, ...others], split: all.length }];
  });
  if (inputs.length === 0) return 1;
  const seen = discrepancyOf(inputs);
  let asLarge = 1;
  for (let time = 0; time < PERMUTATIONS; time += 1) {
    for (const { drawn } of inputs) shuffle(drawn, random);
    if (discrepancyOf(inputs) >= seen - 1e-12) asLarge += 1;
  }
  return asLarge / (PERMUTATIONS + 1);
}

interface Drawn {
  /** Answers of both sides. */
  readonly drawn: string[];
  /** How many of them are of the reference. */
  readonly split: number;
}

function discrepancyOf(inputs: readonly Drawn[]): number {
  return inputs.reduce((sum, { drawn, split }) => sum + discrepancy(drawn, split), 0);
}

function discrepancy(drawn: readonly string[], split: number): number {
  const counts = new Map<string, [number, number]>();
  for (const [at, answer] of drawn.entries()) {
    const both = counts.get(answer) ?? [0, 0];
    both[at < split ? 0 : 1] += 1;
    counts.set(answer, both);
  }
  const [n, m] = [split, drawn.length - split];
  let within = 0;
  let other = 0;
  let across = 0;
  for (const [a, b] of counts.values()) {
    within += a * (a - 1);
    other += b * (b - 1);
    across += a * b;
  }
  return within / (n * (n - 1)) + other / (m * (m - 1)) - (2 * across) / (n * m);
}

function listed(answers: Answers): readonly string[] {
  return [...answers].flatMap(([answer, count]) => new Array<string>(count).fill(answer));
}

function shuffle(values: string[], random: () => number): void {
  for (let at = values.length - 1; at > 0; at -= 1) {
    const partner = Math.floor(random() * (at + 1));
    const kept = values[at] as string;
    values[at] = values[partner] as string;
    values[partner] = kept;
  }
}
