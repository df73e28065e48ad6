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
export function lineOf(detector: Pick<Detector, 'id' | 'version'>, outcome: Outcome = NOTHING_FOUND): ReceiptLine {
  const line = { detector: detector.id, version: detector.version, segments: 1 };
  if (outcome.status === 'inspected') return { ...line, status: 'inspected' };
  return { ...line, status: outcome.status, reason: outcome.reason };
}
