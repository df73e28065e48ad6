import { hexAt, isAsciiLetter } from './ascii.ts';
import { classOf, INERT, MARK } from './char-class.ts';
import { type EncodedRun, findRuns, openRunFrom } from './encoded-runs.ts';
import { openEscapeFrom } from './escapes.ts';
import { openUnicodeFrom } from './open-unicode.ts';

export interface Survey {
  /** Offset of the first thing that folding may change; -1 when there is none. */
  readonly foldFrom: number;
  readonly runs: readonly EncodedRun[];
  /** Offset from which the reading may change when more text follows. */
  readonly openFrom: number;
  /** The same for what changes the reading in place: not for runs, which become layers of their own. */
  readonly foldOpenFrom: number;
}

/** What opens an escape, and everything beyond ASCII. */
const SUSPECT = /[&%\\\u0080-\uffff](?:(?<=[\u0080-\uffff])|(?<=&)[#A-Za-z]|(?<=%)[\dA-Fa-f]{2}|(?<=\\)[xu])/;

/** Finds what there may be to undo. Cost: O(length), about 2 ns per ASCII character. */
export function survey(text: string): Survey {
  const runs = findRuns(text);
  const foldOpenFrom = Math.min(openEscapeFrom(text), openUnicodeFrom(text));
  const runOpenFrom = Math.min(openRunFrom(text, runs), openRunBefore(text, runs, foldOpenFrom));
  return { foldFrom: foldFrom(text), runs, openFrom: Math.min(runOpenFrom, foldOpenFrom), foldOpenFrom };
}

/** Where a run begins that what is open at `at` may turn out to go on with: the `%` of `%41` is no end of a run. */
function openRunBefore(text: string, runs: readonly EncodedRun[], at: number): number {
  if (at >= text.length) return at;
  const before = runs.filter(({ start }) => start < at).map((run) => ({ ...run, end: Math.min(run.end, at) }));
  return openRunFrom(text.slice(0, at), before);
}

function foldFrom(text: string): number {
  const first = text.search(SUSPECT);
  if (first < 0 || text.charCodeAt(first) < 128) return first;
  for (let at = first; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 128) {
      if (opensEscape(text, at, unit)) return at;
      continue;
    }
    const kind = classOf(unit);
    if (kind !== INERT) return kind === MARK ? baseOf(at) : at;
  }
  return -1;
}

/** A mark is folded together with the unit that it hangs on. */
function baseOf(markAt: number): number {
  return Math.max(markAt - 1, 0);
}

function opensEscape(text: string, at: number, unit: number): boolean {
  if (unit === 38) return text.charCodeAt(at + 1) === 35 || isAsciiLetter(text.charCodeAt(at + 1));
  if (unit === 37) return hexAt(text, at + 1) < 16 && hexAt(text, at + 2) < 16;
  if (unit !== 92) return false;
  const marker = text.charCodeAt(at + 1);
  return marker === 120 || marker === 117;
}
