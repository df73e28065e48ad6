import type { Span } from '@sallyport/core';
import { isAsciiDigit, isAsciiLetter, isAsciiWord } from './ascii.ts';
import { CONFUSABLE, classOf, INERT, isWordUnit } from './char-class.ts';
import { lastAtMost } from './offset-map.ts';

/** Sorted, disjoint ranges. */
export interface Regions {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Joins ranges that overlap. Cost: O(n log n). */
export function mergeRegions(spans: readonly Span[]): Regions {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = ends.length - 1;
    const lastEnd = ends[last];
    if (lastEnd !== undefined && start < lastEnd) ends[last] = Math.max(lastEnd, end);
    else {
      starts.push(start);
      ends.push(end);
    }
  }
  return { starts, ends };
}

/**
 * The largest offset at most `at` where `text` can be cut and what follows still reads the same: outside `regions`, and
 * where no word, cluster, number or context-dependent character is parted from what it depends on. `undefined` when none
 * is found in `maxBackChars` steps; a region is one step. Cost: O(maxBackChars).
 */
export function safeStart(
  text: string,
  regions: Regions,
  { at, maxBackChars }: { at: number; maxBackChars: number },
): number | undefined {
  let cut = outside(regions, Math.min(Math.max(at, 0), text.length));
  for (let steps = 0; steps <= maxBackChars; steps++) {
    if (isCut(text, cut)) return cut;
    cut = outside(regions, cut - 1);
  }
  return undefined;
}

function outside(regions: Regions, at: number): number {
  const i = lastAtMost(regions.starts, at);
  const start = regions.starts[i];
  const end = regions.ends[i];
  return start !== undefined && end !== undefined && at < end ? start : at;
}

function isCut(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  if (after >= 0x80 && !standsAlone(text, at, after)) return false;
  if (isOfNumber(before) && isOfNumber(after)) return false;
  if (isAsciiLetter(before)) return false;
  return !(isWord(before) && isWord(after)) || (isIdeographic(before) && isIdeographic(after));
}

/** Whether the reading of the unit at `at` owes nothing to the two units before it. */
function standsAlone(text: string, at: number, unit: number): boolean {
  if (isLowSurrogate(unit)) return false;
  const kind = classOf(unit);
  if (kind === INERT) return true;
  return kind === CONFUSABLE && text.charCodeAt(at - 1) <= 32 && !isAsciiLetter(text.charCodeAt(at - 2));
}

function isWord(unit: number): boolean {
  return unit < 0x80 ? isAsciiWord(unit) || unit === 95 : isWordUnit(unit) || (unit >= 0xd800 && unit <= 0xdfff);
}

function isOfNumber(unit: number): boolean {
  return isAsciiDigit(unit) || NUMBER_SEPARATORS.has(unit);
}

const NUMBER_SEPARATORS = new Set([...' .-/()+'].map((char) => char.charCodeAt(0)));

function isIdeographic(unit: number): boolean {
  return unit >= 0x3040 && unit <= 0x9fff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
