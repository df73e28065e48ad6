/** Text smuggled in characters that draw nothing: what it says, and where it ends. */
export interface HiddenRun {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Offset of a tag character from the ASCII one that it stands for. */
const TAG_BASE = 0xe0000;

/** Whether a code point belongs to the tag block. */
export function isTag(point: number): boolean {
  return point >= TAG_BASE && point <= 0xe007f;
}

/** The ASCII character of a tag; empty for the tags that only open and close. */
export function tagText(point: number): string {
  const ascii = point - TAG_BASE;
  return ascii >= 0x20 && ascii < 0x7f ? String.fromCharCode(ascii) : '';
}

/** The byte that a variation selector can carry, 0..255; -1 for any other code point. */
export function selectorByte(point: number): number {
  if (point >= 0xfe00 && point <= 0xfe0f) return point - 0xfe00;
  return point >= 0xe0100 && point <= 0xe01ef ? point - 0xe0100 + 16 : -1;
}
