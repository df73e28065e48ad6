/**
 * Probabilities by chance, corrected for how many comparisons were made: what is below a bound then is so in all of them together, whatever they have to
 * do with each other. Source: S. Holm, Scandinavian J. Statistics 6 (1979).
 * @param chances 0..1
 * @returns in the same order, 0..1
 */
export function holm(chances: readonly number[]): readonly number[] {
  const order = chances.map((_, at) => at).sort((a, b) => (chances[a] ?? 1) - (chances[b] ?? 1));
  const corrected = new Array<number>(chances.length).fill(1);
  let highest = 0;
  for (const [rank, at] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (chances.length - rank) * (chances[at] ?? 1)));
    corrected[at] = highest;
  }
  return corrected;
}
