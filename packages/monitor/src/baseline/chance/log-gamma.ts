/** Lanczos approximation, g = 7, 9 terms: right to 1e-13. Source: C. Lanczos, SIAM J. Numer. Anal. B 1 (1964). */
const COEFFICIENTS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
];
const G = 7;

/** Natural logarithm of the gamma function. @param value above 0.5 */
export function logGamma(value: number): number {
  const x = value - 1;
  const t = x + G + 0.5;
  const [first = 0, ...rest] = COEFFICIENTS;
  const sum = rest.reduce((all, coefficient, at) => all + coefficient / (x + at + 1), first);
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
