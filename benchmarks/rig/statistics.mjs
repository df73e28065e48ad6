/**
 * Quantile by nearest rank.
 * @param {readonly number[]} values in any order; none gives 0
 * @param {number} q 0..1
 */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? 0;
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @param {readonly number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * @param {number} value
 * @param {number} digits significant ones
 */
export const rounded = (value, digits = 3) => (Number.isFinite(value) ? Number(value.toPrecision(digits)) : 0);
