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

/** Hits at which a word begins: a keyword amid a longer Latin word is another word. Escaped line ends begin one too. */
export function wordStarts(text: string, hits: readonly number[]): readonly number[] {
  return hits.filter((hit) => {
    if (!isLatin(text.charCodeAt(hit)) || !isLatin(text.charCodeAt(hit - 1))) return true;
    return text.charAt(hit - 2) === '\\';
  });
}

function isLatin(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}
