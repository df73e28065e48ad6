/** How often each answer came. */
export type Answers = ReadonlyMap<string, number>;

/** What came of each input of a set, in the set's order. */
export type CanaryRound = readonly Answers[];

/**
 * How far the answers of a round are from those of a reference: the mean over inputs of the total variation distance of both
 * distributions. An input that one of them lacks counts for nothing.
 * @returns 0..1; nothing where no input has answers on both sides
 */
export function borderShift(reference: CanaryRound, round: CanaryRound): number | undefined {
  let sum = 0;
  let inputs = 0;
  for (const [at, before] of reference.entries()) {
    const after = round[at];
    if (after === undefined || total(before) === 0 || total(after) === 0) continue;
    sum += distance(before, after);
    inputs += 1;
  }
  return inputs === 0 ? undefined : sum / inputs;
}

/** Both rounds as one. */
export function pooledRounds(one: CanaryRound, other: CanaryRound): CanaryRound {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, at) => {
    const pooled = new Map(one[at] ?? []);
    for (const [answer, count] of other[at] ?? []) pooled.set(answer, (pooled.get(answer) ?? 0) + count);
    return pooled;
  });
}

/**
 * Whether an input lies on a border: its most frequent answer came in no more than so many of the cases. Where it always gives the same
 * answer, a small change of the model shows in nothing.
 */
export function isBorder(answers: Answers, mostShare = 0.85): boolean {
  const all = total(answers);
  return all > 0 && Math.max(...answers.values()) <= mostShare * all;
}

function total(answers: Answers): number {
  let sum = 0;
  for (const count of answers.values()) sum += count;
  return sum;
}

function distance(before: Answers, after: Answers): number {
  const [all, now] = [total(before), total(after)];
  let sum = 0;
  for (const answer of new Set([...before.keys(), ...after.keys()])) {
    sum += Math.abs((before.get(answer) ?? 0) / all - (after.get(answer) ?? 0) / now);
  }
  return sum / 2;
}
