/** Value of a hexadecimal digit by UTF-16 unit; 255 for everything else. */
const HEX_VALUES = new Uint8Array(65_536).fill(255);
for (let value = 0; value < 16; value++) {
  HEX_VALUES[value.toString(16).charCodeAt(0)] = value;
  HEX_VALUES[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** Value 0..15 of the hexadecimal digit at `at`; 255 when there is none. */
export function hexAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? (HEX_VALUES[text.charCodeAt(at)] as number) : 255;
}

/** Value of the two hexadecimal digits at `at`; -1 when they are not there. */
export function hexByteAt(text: string, at: number): number {
  const high = hexAt(text, at);
  const low = hexAt(text, at + 1);
  return high < 16 && low < 16 ? high * 16 + low : -1;
}

export function isAsciiLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90);
}

export function isAsciiDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

export function isAsciiWord(unit: number): boolean {
  return isAsciiLetter(unit) || isAsciiDigit(unit);
}
