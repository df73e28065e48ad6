import type { Channel, Finding } from '@sallyport/core';
import { languageGroupOf, type MappedView } from '@sallyport/text';
import { CALIBRATED } from '../calibration/calibrated.ts';
import { type CalibratedScale, cellName, recalibrate } from '../calibration/recalibrate.ts';

/** Least scores by finding type or detector id; what scores less is not reported. */
export type Thresholds = Readonly<Record<string, number>>;

export interface Settling {
  readonly thresholds: Thresholds;
  readonly scale: CalibratedScale;
  /** Undefined: nothing is calibrated. */
  readonly channel: Channel | undefined;
}

/**
 * Brings the findings of all detectors on one view into their final form: below their threshold dropped, `via` narrowed
 * to what was undone at the match, the same match seen in several layers kept once with the shortest `via`, by start; scores
 * on the scale of the calibration.
 */
export function settleFindings(findings: readonly Finding[], view: MappedView, settling: Settling): readonly Finding[] {
  if (findings.length === 0) return findings;
  const { thresholds } = settling;
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
  return calibrated([...settled.values()].sort(byStart), view, settling);
}

/** What a text is written in is asked only where a score of it can be calibrated. */
function calibrated(
  findings: readonly Finding[],
  { raw }: MappedView,
  { scale, channel }: Settling,
): readonly Finding[] {
  if (channel === undefined || !findings.some(({ detector }) => CALIBRATED.has(detector))) return findings;
  const language = languageGroupOf(raw);
  return findings.map((finding) => {
    const category = CALIBRATED.get(finding.detector);
    if (category === undefined) return finding;
    const { score: rawScore } = finding;
    const threshold = scale.get(cellName({ channel, language, category }));
    const score = threshold === undefined ? rawScore : recalibrate(rawScore, threshold);
    return {
      ...finding,
      ...(score !== rawScore && { score, rawScore }),
      ...(language !== 'latin' && { language }),
    };
  });
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
