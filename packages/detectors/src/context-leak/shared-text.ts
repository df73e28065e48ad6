import type { Match } from '../matches/layer-matches.ts';
import { type Condensed, flatText, GRAM_CHARS, mayShareRun, type Run, sharedRuns } from './gram-index.ts';
import { type LeakIndex, MIN_RUN_CHARS, SHORT_TEXT_SHARE } from './leak-index.ts';
import { tellingWords } from './rarity.ts';
import type { Reading } from './reading.ts';

/** Longest stretch that one finding names, UTF-16 units; a longer leak yields several. */
export const MAX_LEAK_CHARS = 2048;
/** Findings below this are common phrases. */
const SCORE_MIN = 0.2;
const SCORE_MAX = 0.99;
/** Telling words at which a shared run scores 1 - 1/e: a long text, and a short text that reappears nearly whole. */
const LONG_SCALE = 9;
const SHORT_SCALE = 2.5;

/** What a leak of one kind of context text is called and how much it matters. */
export interface LeakSource {
  readonly type: string;
  readonly index: LeakIndex;
  readonly factor: number;
}

/** Stretches of the text that the context holds too, scored by their length and by how telling their words are. */
export function leakMatches(reading: Reading, sources: readonly LeakSource[]): readonly Match[] {
  const matches: Match[] = [];
  const runs = runsIn(reading, sources);
  for (const [which, source] of sources.entries()) {
    for (const run of runs[which] ?? []) {
      const score = source.factor * scoreOf(reading, run, source.index);
      if (score >= SCORE_MIN) matches.push(...pieces(reading, run, { type: source.type, score }));
    }
  }
  return matches;
}

/** Whether `leakMatches` can have anything to say. Cost: some 2 us per KB, a fraction of what reading the text takes. */
export function mayLeak(text: string, sources: readonly LeakSource[]): boolean {
  const indexes = sources.map(({ index }) => index.grams);
  return mayShareRun(text, indexes, Math.min(...sources.map(({ index }) => index.fewest)));
}

/** Where a run that the text's end leaves open would begin as a finding; the text's length when none is open. */
export function leakPendingFrom(reading: Reading, sources: readonly LeakSource[]): number {
  const { text, condensed } = reading;
  let from = text.length;
  for (const runs of runsIn(reading, sources)) {
    const last = runs.at(-1);
    if (last === undefined || last.end !== condensed.length) continue;
    const first = last.start + GRAM_CHARS;
    if (first < condensed.length) from = Math.min(from, condensed.at[first] ?? 0);
  }
  return from;
}

function runsIn({ condensed }: Reading, sources: readonly LeakSource[]): readonly (readonly Run[])[] {
  return sharedRuns(
    condensed,
    sources.map(({ index }) => index.grams),
  );
}

function scoreOf({ text, condensed }: Reading, run: Run, index: LeakIndex): number {
  const long = run.end - run.start >= MIN_RUN_CHARS;
  if (!long && !coversShort(condensed, run, index.shorts)) return 0;
  const words = tellingWords(text.slice(condensed.at[run.start], endOf(condensed, run)));
  return Math.min(SCORE_MAX, 1 - Math.exp(-words / (long ? LONG_SCALE : SHORT_SCALE)));
}

function coversShort(condensed: Condensed, run: Run, shorts: readonly string[]): boolean {
  if (shorts.length === 0) return false;
  const shared = flatText(condensed, run.start, run.end);
  return shorts.some(
    (short) => shared.includes(short) || (shared.length >= short.length * SHORT_TEXT_SHARE && short.includes(shared)),
  );
}

function endOf(condensed: Condensed, run: Run): number {
  return (condensed.at[run.end - 1] ?? 0) + 1;
}

function pieces(
  { condensed }: Reading,
  run: Run,
  { type, score }: { readonly type: string; readonly score: number },
): readonly Match[] {
  const end = endOf(condensed, run);
  const first = run.start + GRAM_CHARS;
  // A short text may be no longer than one gram: its last letter stands for it.
  const start = first < run.end ? (condensed.at[first] ?? 0) : end - 1;
  const value = flatText(condensed, run.start, run.end);
  const found: Match[] = [];
  for (let from = start; from < end; from += MAX_LEAK_CHARS) {
    found.push({ type, score, start: from, end: Math.min(end, from + MAX_LEAK_CHARS), value });
  }
  return found;
}
