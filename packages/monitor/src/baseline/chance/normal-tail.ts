/** Beyond, the asymptotic series is right to 1e-7 of the value with these terms. */
const FAR = 6;

/**
 * How probable so many standard deviations or more are, one-sided, 0..1.
 * Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions" (1964), 7.1.5 and 7.1.23.
 */
export function normalTail(sigmas: number): number {
  if (sigmas < 0) return 1 - normalTail(-sigmas);
  const density = Math.exp((-sigmas * sigmas) / 2) / Math.sqrt(2 * Math.PI);
  if (sigmas > FAR) {
    const square = 1 / (sigmas * sigmas);
    return (density / sigmas) * (1 - square + 3 * square ** 2 - 15 * square ** 3);
  }
  // From the middle outwards: density * (x + x^3/3 + x^5/15 + ...).
  let term = sigmas;
  let sum = sigmas;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (sigmas * sigmas) / odd;
    sum += term;
  }
  return Math.max(0, 0.5 - density * sum);
}
