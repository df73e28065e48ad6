/** Words longer than this are not compared: the cost is the product of both lengths. */
const MAX_WORD_CHARS = 64;

/**
 * The known word that a mistyped one most likely meant.
 * @returns the nearest of `known`, ignoring case, `-` and `_`, when at most a third of its characters differ; else undefined
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_WORD_CHARS) return undefined;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance && distance <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Insertions, deletions, replacements, and swaps of neighbours, which are the commonest slip of the fingers. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (last[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const moved = Math.min((last[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1);
      const swapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const viaSwap = swapped ? (beforeLast[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, moved, viaSwap));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
