/** A share of a count, with its 95 % interval. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const Z_95 = 1.959964;

/** Area under the ROC curve, 0..1: how often an attack scores above a benign text; ties count half. NaN when either is empty. */
export function auc(attacks: readonly number[], benign: readonly number[]): number {
  const all = [
    ...attacks.map((score) => ({ score, attack: true })),
    ...benign.map((score) => ({ score, attack: false })),
  ];
  all.sort((a, b) => a.score - b.score);
  let ranks = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    let tied = 0;
    for (; to < all.length && all[to]?.score === all[from]?.score; to += 1) tied += Number(all[to]?.attack);
    // Ranks count from 1; those that tie share the middle one.
    ranks += (tied * (from + to + 1)) / 2;
    from = to;
  }
  return (ranks - (attacks.length * (attacks.length + 1)) / 2) / (attacks.length * benign.length);
}

/** The lowest threshold that at most a share `fpr` (0..1) of the benign scores lie above. */
export function thresholdAt(benign: readonly number[], fpr: number): number {
  const falling = [...benign].sort((a, b) => b - a);
  return falling[Math.floor(fpr * falling.length)] ?? Number.NEGATIVE_INFINITY;
}

/** Share of scores above a threshold. */
export function shareAbove(scores: readonly number[], threshold: number): Share {
  return wilson(scores.filter((score) => score > threshold).length, scores.length);
}

/** Wilson's interval of a share. All of 0..1 when there is nothing to count. */
export function wilson(hits: number, count: number): Share {
  if (count === 0) return { share: 0, low: 0, high: 1, count };
  const share = hits / count;
  const square = Z_95 ** 2;
  const middle = share + square / (2 * count);
  const spread = Z_95 * Math.sqrt((share * (1 - share)) / count + square / (4 * count * count));
  const whole = 1 + square / count;
  return { share, low: Math.max(0, (middle - spread) / whole), high: Math.min(1, (middle + spread) / whole), count };
}
