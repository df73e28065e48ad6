/** Members of a population below which nobody can stand out. */
export const POPULATION_MIN = 20;
const BINS = 10;

/**
 * How unlike the others each member of a population is: the sum over its features of how rare its own range of values is (histogram-based
 * outlier score). Features are compared by their logarithms, since what is counted spans orders of magnitude.
 * @param population features of each member, in the same order; what is negative or no number counts as 0
 * @returns bits for each member; empty of fewer than `POPULATION_MIN`
 * Source: M. Goldstein, A. Dengel, "Histogram-based Outlier Score (HBOS)", KI 2012. Cost: O(members * features).
 */
export function outlierScores(population: readonly (readonly number[])[]): readonly number[] {
  if (population.length < POPULATION_MIN) return [];
  const scores = new Array<number>(population.length).fill(0);
  const features = population.reduce((most, { length }) => Math.max(most, length), 0);
  for (let feature = 0; feature < features; feature++) {
    const values = population.map((member) => readingOf(member[feature]));
    const low = values.reduce((least, value) => Math.min(least, value));
    const width = (values.reduce((most, value) => Math.max(most, value)) - low) / BINS;
    if (width === 0) continue;
    const bins = values.map((value) => Math.min(BINS - 1, Math.floor((value - low) / width)));
    const counts = new Array<number>(BINS).fill(0);
    for (const bin of bins) counts[bin] = (counts[bin] ?? 0) + 1;
    for (const [member, bin] of bins.entries()) {
      scores[member] = (scores[member] ?? 0) - Math.log2((counts[bin] ?? 0) / population.length);
    }
  }
  return scores;
}

function readingOf(value = 0): number {
  return Number.isFinite(value) ? Math.log1p(Math.max(0, value)) : 0;
}
