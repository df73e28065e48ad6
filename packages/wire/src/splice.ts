import { Buffer } from 'node:buffer';

/** Bytes to put in the place of a range. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Puts bytes in the place of ranges. A range that begins inside an earlier one is left out: what held it is gone. */
export function splice(bytes: Uint8Array, replacements: readonly Replacement[]): Uint8Array {
  const sorted = [...replacements].sort((a, b) => a.start - b.start || b.end - a.end);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { start, end, bytes: replacement } of sorted) {
    if (start < from) continue;
    pieces.push(bytes.subarray(from, start), replacement);
    from = end;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}
