/** Marks, spaces and signs that part words, as ranges of UTF-16 units, both ends included; ASCII is left to each reader. */
const SEPARATOR_RANGES: readonly (readonly [number, number])[] = [
  [0x80, 0xbf],
  [0x2000, 0x2bff],
  [0x3000, 0x303f],
  [0xfe00, 0xffef],
];
const SEPARATOR_CODES = [0x060c, 0x061b, 0x061f, 0xd7, 0xf7];

/** Writes `kind` at every unit beyond ASCII that parts words. */
export function fillSeparators(kinds: Uint8Array, kind: number): void {
  for (const [from, to] of SEPARATOR_RANGES) kinds.fill(kind, from, to + 1);
  for (const code of SEPARATOR_CODES) kinds[code] = kind;
}
