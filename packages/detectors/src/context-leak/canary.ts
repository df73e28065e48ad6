import type { Match } from '../matches/layer-matches.ts';
import { condense, flatText } from './gram-index.ts';
import type { Reading } from './reading.ts';

/** A mark that was planted so that a leak shows. */
export interface Canary {
  readonly exact: string;
  /** Condensed form; empty when it is too short to be told from ordinary text. */
  readonly flat: string;
}

/** Canaries of fewer condensed characters are looked for exactly only. */
const FLAT_CANARY_MIN_CHARS = 8;
const CANARY_SCORE = 0.99;

export function canaryOf(exact: string): Canary {
  const flat = flatText(condense(exact));
  return { exact, flat: flat.length >= FLAT_CANARY_MIN_CHARS ? flat : '' };
}

/** Every canary in the text, also in other case and with characters put between its letters. Cost: O(n) per canary. */
export function canaryMatches(reading: Reading, canaries: readonly Canary[]): readonly Match[] {
  if (canaries.length === 0) return [];
  const flat = flatText(reading.condensed);
  return canaries.flatMap((canary) =>
    spansOf(reading, flat, canary).map(([start, end]) => ({
      type: 'canary-token',
      score: CANARY_SCORE,
      start,
      end,
      value: canary.exact,
    })),
  );
}

/** Where the beginning of a canary stands with which the text ends; the text's length when there is none. */
export function canaryPendingFrom({ text, condensed }: Reading, canaries: readonly Canary[]): number {
  let from = text.length;
  for (const { exact, flat } of canaries) {
    if (flat === '') from = Math.min(from, text.length - overlap(text, exact));
    else {
      const held = overlap(flatText(condensed, Math.max(0, condensed.length - flat.length)), flat);
      if (held > 0) from = Math.min(from, condensed.at[condensed.length - held] ?? 0);
    }
  }
  return from;
}

function spansOf({ text, condensed }: Reading, flat: string, canary: Canary): [number, number][] {
  const spans: [number, number][] = [];
  if (canary.flat === '') {
    for (const at of occurrences(text, canary.exact)) spans.push([at, at + canary.exact.length]);
    return spans;
  }
  for (const at of occurrences(flat, canary.flat)) {
    spans.push([condensed.at[at] ?? 0, (condensed.at[at + canary.flat.length - 1] ?? 0) + 1]);
  }
  return spans;
}

function* occurrences(text: string, wanted: string): Generator<number> {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) yield at;
}

/** Length of the longest proper beginning of `wanted` with which `text` ends. */
function overlap(text: string, wanted: string): number {
  for (let length = Math.min(text.length, wanted.length - 1); length > 0; length -= 1) {
    if (wanted.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
