import type { Detector, Inspection, Outcome, ReceiptLine, TextView } from '@sallyport/core';

const NOTHING_FOUND: Outcome = { status: 'inspected', findings: [] };
const FAILED: Outcome = { status: 'failed', reason: 'detector-threw' };
export const OUT_OF_TIME: Outcome = { status: 'timed-out', reason: 'inspection-budget' };

/** Runs a detector; one that throws has failed, and nothing of what it threw goes any further: it may quote the text. */
export function inspectGuarded(detector: Detector, view: TextView, ask: Inspection): Outcome {
  try {
    return detector.inspect(view, ask);
  } catch {
    return FAILED;
  }
}

/** What a detector's `pendingFrom` says, within the tail; `undefined` when it throws or answers no offset. */
export function pendingGuarded(detector: Detector, tail: TextView, ask: Inspection): number | undefined {
  try {
    const pending = detector.pendingFrom?.(tail, ask) ?? tail.raw.length;
    return Number.isFinite(pending) ? Math.min(Math.max(Math.trunc(pending), 0), tail.raw.length) : undefined;
  } catch {
    return undefined;
  }
}

/** The receipt line of one outcome for one segment. */
export function lineOf(
  { id: detector, version }: Pick<Detector, 'id' | 'version'>,
  outcome: Outcome = NOTHING_FOUND,
): ReceiptLine {
  const { status } = outcome;
  if (status === 'inspected') return { detector, version, segments: 1, status };
  return { detector, version, segments: 1, status, reason: outcome.reason };
}
