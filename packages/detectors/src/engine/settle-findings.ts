import type { Finding } from '@sallyport/core';
import type { MappedView } from '@sallyport/text';

/** Least scores by finding type or detector id; what scores less is not reported. */
export type Thresholds = Readonly<Record<string, number>>;

/**
 * Brings the findings of all detectors on one view into their final form: below their threshold dropped, `via` narrowed
 * to what was undone at the match, the same match seen in several layers kept once with the shortest `via`, by start.
 */
export function settleFindings(
  findings: readonly Finding[],
  view: MappedView,
  thresholds: Thresholds,
): readonly Finding[] {
  if (findings.length === 0) return findings;
  const settled = new Map<string, Finding>();
  for (const found of findings) {
    const least = thresholds[found.type] ?? thresholds[found.detector] ?? 0;
    if (found.score < least) continue;
    const via = view.viaWithin(found.via, found.span);
    const finding = via === found.via ? found : { ...found, via };
    const key = `${found.detector} ${found.type} ${found.span.start} ${found.span.end}`;
    const known = settled.get(key);
    if (known === undefined || isPlainer(finding, known)) settled.set(key, finding);
  }
  return [...settled.values()].sort(byStart);
}

function isPlainer(a: Finding, b: Finding): boolean {
  return a.via.length === b.via.length ? a.score > b.score : a.via.length < b.via.length;
}

function byStart(a: Finding, b: Finding): number {
  return (
    a.span.start - b.span.start || b.span.end - a.span.end || compare(a.type, b.type) || compare(a.detector, b.detector)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
