import { utf8Width } from './escapes.ts';

/** Range of bytes, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const NO_STRETCHES: readonly ByteRange[] = [];

/**
 * Stretches of at least `minBytes` bytes that are valid UTF-8 and can be read: no controls but tab and line breaks.
 * Random bytes yield one of 12 about once in 100,000 tries, so a stretch is taken for text whatever surrounds it.
 * Cost: O(length).
 */
export function printableStretches(bytes: Uint8Array, length: number, minBytes: number): readonly ByteRange[] {
  let stretches: ByteRange[] | undefined;
  let start = 0;
  let at = 0;
  while (at < length) {
    const width = printableWidth(bytes, at, length);
    if (width > 0) {
      at += width;
      continue;
    }
    if (at - start >= minBytes) {
      stretches ??= [];
      stretches.push({ start, end: at });
    }
    at++;
    start = at;
  }
  if (length - start < minBytes) return stretches ?? NO_STRETCHES;
  stretches ??= [];
  stretches.push({ start, end: length });
  return stretches;
}

function printableWidth(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return (lead >= 0x20 && lead !== 0x7f) || lead === 9 || lead === 10 || lead === 13 ? 1 : 0;
  const width = utf8Width(lead);
  if (width === 0 || at + width > length) return 0;
  const second = bytes[at + 1] ?? 0;
  for (let i = 1; i < width; i++) {
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  if (lead === 0xc2 && second < 0xa0) return 0;
  if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return 0;
  if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
  return width;
}
