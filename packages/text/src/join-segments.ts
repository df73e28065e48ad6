import type { Span } from '@sallyport/core';

/** A range of one of the parts of a joined text. */
export interface PartSpan extends Span {
  readonly part: number;
}

export interface JoinedText {
  readonly text: string;
  /** The ranges of the parts that a range of the joined text covers, in order; parts that it misses are left out. */
  toParts(start: number, end: number): readonly PartSpan[];
}

/**
 * Joins texts that a reader sees as one, without anything between them, so that what is split over them is found.
 * Cost: O(length).
 */
export function joinSegments(texts: readonly string[]): JoinedText {
  const starts: number[] = [];
  let length = 0;
  for (const text of texts) {
    starts.push(length);
    length += text.length;
  }
  return {
    text: texts.join(''),
    toParts(start, end) {
      const parts: PartSpan[] = [];
      for (const [part, offset] of starts.entries()) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, texts[part]?.length ?? 0);
        if (from < to) parts.push({ part, start: from, end: to });
      }
      return parts;
    },
  };
}
