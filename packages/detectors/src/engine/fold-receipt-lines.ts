import type { ReceiptLine } from '@sallyport/core';

/** Adds up the lines of several texts: one line for each detector, version, status and reason, in order of appearance. */
export function foldReceiptLines(lines: Iterable<ReceiptLine>): readonly ReceiptLine[] {
  const folded = new Map<string, ReceiptLine>();
  for (const line of lines) {
    const key = `${line.detector} ${line.version} ${line.status} ${line.reason ?? ''}`;
    const known = folded.get(key);
    folded.set(key, known === undefined ? line : { ...known, segments: known.segments + line.segments });
  }
  return [...folded.values()];
}
