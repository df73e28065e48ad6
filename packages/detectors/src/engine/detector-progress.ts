import type { Detector, Finding, Inspection, Outcome, TextView } from '@sallyport/core';
import { CONTEXT_CHARS } from '@sallyport/text';
import { inspectGuarded, OUT_OF_TIME, pendingGuarded } from './guarded-run.ts';

/** One reading of the end of a growing text, as it is put to a detector. */
export interface TailQuestion {
  readonly view: TextView;
  /** The view, or the part of it before what may still read otherwise. */
  readonly settled: TextView;
  /** Offset of the view in the text. */
  readonly base: number;
  readonly ask: Inspection;
  /** Whether a trigger fired that may still matter. */
  readonly live: boolean;
  /** Whether the text has ended. */
  readonly final: boolean;
  /** Offset up to which everything must be decided, however open it is. */
  readonly forcedTo: number;
  readonly outOfTime: () => boolean;
}

const NOTHING: readonly Finding[] = [];
const FAILED: Outcome = { status: 'failed', reason: 'detector-threw' };
const NOT_ENDED: Outcome = { status: 'skipped', reason: 'stream-not-ended' };
const NOTHING_FOUND: Outcome = { status: 'inspected', findings: NOTHING };

/** How far one detector has come in a text that grows. */
export class DetectorProgress {
  readonly detector: Detector;
  /** Every match that starts before this offset was returned, or is none. */
  decidedTo = 0;
  /** Why the detector gives no more answers. */
  #stopped: Outcome | undefined;
  /** Text length at the last run of a windowed detector. */
  #ranAt = 0;
  #ran = false;
  /** Ends of what a windowed detector reported, by type; nothing yet, mostly. */
  #reported: Map<string, number> | undefined;

  constructor(detector: Detector) {
    this.detector = detector;
  }

  /** Whether text must wait for this detector. */
  get holds(): boolean {
    return this.#stopped === undefined && this.detector.pendingFrom !== undefined;
  }

  /** The same object as long as nothing changes. */
  get outcome(): Outcome {
    if (this.#stopped !== undefined) return this.#stopped;
    return this.detector.reach.kind !== 'local' && !this.#ran ? NOT_ENDED : NOTHING_FOUND;
  }

  /** Offset from which the detector needs to see the text again. */
  neededFrom(length: number): number {
    const { reach } = this.detector;
    if (this.#stopped !== undefined) return length;
    if (reach.kind === 'local') return this.decidedTo - Math.max(reach.lookbehindChars, CONTEXT_CHARS);
    return reach.kind === 'window' ? length - reach.windowChars : length;
  }

  stop(outcome: Outcome): void {
    this.#stopped = outcome;
  }

  /** Marks a run over the whole text. */
  complete(): void {
    this.#ran = true;
  }

  /** Findings that became certain, offsets in the view. */
  advance(question: TailQuestion): readonly Finding[] {
    if (this.#stopped !== undefined || this.detector.reach.kind === 'whole') return NOTHING;
    const pending = this.#pendingFrom(question);
    if (pending === undefined) {
      this.stop(FAILED);
      return NOTHING;
    }
    const decidedTo = Math.max(this.decidedTo, pending);
    const findings = this.detector.reach.kind === 'local' ? this.#local(question, decidedTo) : this.#windowed(question);
    this.decidedTo = decidedTo;
    return findings;
  }

  #pendingFrom({ view, settled, base, ask, final, forcedTo }: TailQuestion): number | undefined {
    const length = base + view.raw.length;
    if (final) return length;
    const { reach } = this.detector;
    let pending = length;
    if (this.detector.pendingFrom !== undefined) {
      // What can follow the view can follow its settled part too, so the one question answers both.
      const open = pendingGuarded(this.detector, settled, ask);
      if (open === undefined) return undefined;
      pending = base + Math.min(open, settled.raw.length, view.openFrom);
    } else if (reach.kind === 'local') {
      pending = Math.min(base + view.openFrom, length - reach.maxMatchChars - reach.lookaheadChars);
    }
    return Math.max(pending, forcedTo);
  }

  #local(question: TailQuestion, decidedTo: number): readonly Finding[] {
    if (!question.live || (decidedTo <= this.decidedTo && !question.final)) return NOTHING;
    const from = this.decidedTo - question.base;
    const to = question.final ? Number.POSITIVE_INFINITY : decidedTo - question.base;
    return this.#inspect(question).filter(({ span }) => span.start >= from && span.start < to);
  }

  #windowed(question: TailQuestion): readonly Finding[] {
    const { reach } = this.detector;
    const length = question.base + question.view.raw.length;
    if (reach.kind !== 'window') return NOTHING;
    if (!question.final && length - this.#ranAt < reach.strideChars) return NOTHING;
    this.#ranAt = length;
    this.#ran = true;
    if (!question.live) return NOTHING;
    return this.#inspect(question).filter((finding) => this.#isNews(finding, question.base));
  }

  /** A window that moves sees the same thing again: what overlaps an earlier finding of its type is no news. */
  #isNews({ type, span }: Finding, base: number): boolean {
    if (base + span.start < (this.#reported?.get(type) ?? 0)) return false;
    this.#reported ??= new Map();
    this.#reported.set(type, base + span.end);
    return true;
  }

  #inspect({ view, ask, outOfTime }: TailQuestion): readonly Finding[] {
    const outcome = outOfTime() ? OUT_OF_TIME : inspectGuarded(this.detector, view, ask);
    if (outcome.status === 'inspected') return outcome.findings;
    this.stop(outcome);
    return NOTHING;
  }
}
