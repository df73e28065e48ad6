/**
 * Probability that at most `count` of `trials` independent draws hit, each with chance `rate`.
 * @param count whole, 0..`trials`
 * @param trials whole, at least 1
 * @param rate 0..1
 * Cost: O(count).
 */
export function binomialAtMost(count: number, trials: number, rate: number): number {
  if (count >= trials || rate <= 0) return 1;
  if (rate >= 1) return 0;
  const odds = Math.log(rate) - Math.log1p(-rate);
  // Of logarithms: the first term alone underflows for a large sample.
  let term = trials * Math.log1p(-rate);
  let sum = Math.exp(term);
  for (let hits = 0; hits < count; hits += 1) {
    term += Math.log((trials - hits) / (hits + 1)) + odds;
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

/**
 * One-sided upper bound of a rate of which `count` hits were seen in `trials` draws: whatever the true rate, it lies above
 * the bound in at most `1 - confidence` of all samples.
 * @param confidence 0..1, exclusive
 * @returns 1 where nothing was drawn, or every draw hit
 * Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
 * Biometrika 26 (1934). Cost: O(count).
 */
export function rateUpperBound(count: number, trials: number, confidence: number): number {
  if (count >= trials) return 1;
  let low = count / trials;
  let high = 1;
  // A double has no more halves between 0 and 1 that matter.
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (binomialAtMost(count, trials, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The most hits in `trials` draws at which the upper bound of the rate is still no more than `rate`.
 * A threshold put just above the score of the next rank keeps the rate with this confidence, whatever the distribution
 * of the scores is (a distribution-free tolerance bound).
 * @returns undefined when not even a sample without a hit shows it: it is smaller than `sampleNeeded()` says
 * Source: S. S. Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Mathematical Statistics 12 (1941).
 * Cost: O(hits).
 */
export function toleratedCount(trials: number, rate: number, confidence: number): number | undefined {
  if (trials < sampleNeeded(rate, confidence)) return undefined;
  const odds = Math.log(rate) - Math.log1p(-rate);
  let term = trials * Math.log1p(-rate);
  let sum = Math.exp(term);
  let count = 0;
  while (count + 1 < trials) {
    term += Math.log((trials - count) / (count + 1)) + odds;
    sum += Math.exp(term);
    if (sum > 1 - confidence) return count;
    count += 1;
  }
  return count;
}

/**
 * The smallest sample in which a rate can be shown: that of which not one hits.
 * @param rate 0..1, exclusive
 * @param confidence 0..1, exclusive
 */
export function sampleNeeded(rate: number, confidence: number): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log1p(-rate) - 1e-9);
}
