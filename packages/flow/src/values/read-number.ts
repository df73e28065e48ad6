/** Currency signs and codes, per cent, and the white space that groups digits. */
const AROUND = /^[\s$€£¥₹+]+|[\s$€£¥₹%]+$/g;
const GROUPED = /^-?\d{1,3}(?:([,.' \u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$/;

/**
 * The number that a text writes, as plain digits: `1,100.50`, `1.100,50`, `1 100.50` and `1100.5` are the same.
 * @returns `undefined` when it is none. A single group of three after one separator reads as thousands: `1,100` is 1100.
 */
export function readNumber(text: string): string | undefined {
  const bare = text.replace(AROUND, '');
  if (bare.length === 0 || bare.length > 32 || !/^-?[\d.,' \u00a0\u202f]*\d$/.test(bare)) return undefined;
  const grouped = GROUPED.exec(bare);
  const plain = grouped === null ? bare : bare.replaceAll(grouped[1] as string, '');
  const value = Number(plain.replace(',', '.'));
  return plain.split(/[.,]/).length > 2 || !Number.isFinite(value) ? undefined : String(value);
}
