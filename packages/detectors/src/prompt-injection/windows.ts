import type { Window } from './concepts.ts';

/** How far around a trigger its sentence is read, UTF-16 units. */
const BEFORE_CHARS = 220;
const AFTER_CHARS = 260;

/** Disjoint windows around ascending hits, ascending. */
export function windowsAround(hits: readonly number[], length: number): readonly Window[] {
  const windows: Window[] = [];
  let start = -1;
  let end = -1;
  for (const hit of hits) {
    const from = Math.max(0, hit - BEFORE_CHARS);
    if (start >= 0 && from <= end) {
      end = Math.min(length, hit + AFTER_CHARS);
      continue;
    }
    if (start >= 0) windows.push({ start, end });
    start = from;
    end = Math.min(length, hit + AFTER_CHARS);
  }
  if (start >= 0) windows.push({ start, end });
  return windows;
}
