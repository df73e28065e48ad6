import type { FoldedKeyword } from './keyword.ts';

/** UTF-16 units there are. */
export const UNITS = 65_536;

/**
 * Numbers the units that keywords hold from 1 on; capitals of ASCII like their small letters. All others keep 0.
 * @param columns by unit, zeroes
 * @returns how many there are
 */
export function assignColumns(keywords: readonly FoldedKeyword[], columns: Uint8Array | Uint16Array): number {
  let count = 0;
  for (const { text } of keywords) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (columns[unit] !== 0) continue;
      count++;
      columns[unit] = count;
      if (unit >= 97 && unit <= 122) columns[unit - 32] = count;
    }
  }
  return count;
}
