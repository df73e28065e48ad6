/** A number as it is written: `coefficient` times ten to the power of `exponent`. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Steps that the division of two long numbers counts for. */
export const DIVISION_STEPS = 16;

/**
 * Whether a value is a whole number of times the divisor, both taken as the decimals by which they are written: 0.3 is three times 0.1,
 * which it is not as a double.
 * @param divisor above 0
 * Cost: constant for safe integers; else a division of at most some 650 digits.
 */
export function isMultipleOf(value: number | bigint, divisor: number | bigint): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return Number(value) % Number(divisor) === 0;
  const dividend = decimalOf(value);
  const by = decimalOf(divisor);
  const shift = dividend.exponent - by.exponent;
  if (shift >= 0) return (dividend.coefficient * 10n ** BigInt(shift)) % by.coefficient === 0n;
  return dividend.coefficient % (by.coefficient * 10n ** BigInt(-shift)) === 0n;
}

/** The shortest decimal that reads as the same double, which is how it was written unless it was written with more than 17 digits. */
function decimalOf(value: number | bigint): Decimal {
  if (typeof value === 'bigint') return { coefficient: value, exponent: 0 };
  const [digits = '', power = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  return { coefficient: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}
