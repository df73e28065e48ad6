import type { Detector, Inspection, InspectorQuestion, ReceiptLine, TextLayer } from '@sallyport/core';
import { CIPHER_TRIGGERS, createTriggerScanner, type TriggerHits, type TriggerScanner } from '@sallyport/text';
import { Abstentions } from './abstentions.ts';
import { lineOf } from './guarded-run.ts';

/** What runs for one kind of question, compiled once. */
export interface InspectionPlan {
  readonly detectors: readonly Detector[];
  readonly scanner: TriggerScanner;
  /** The lines when every detector looked and none found anything. */
  readonly quietLines: readonly ReceiptLine[];
  /** Whether a text without any trigger need not be shown to any detector. */
  readonly quietWithoutHits: boolean;
  readonly abstentions: Abstentions;
}

/** Cost: what `createTriggerScanner` takes, for the most part. */
export function planFor(detectors: readonly Detector[]): InspectionPlan {
  const sets = detectors
    .filter(({ triggers }) => triggers.length > 0)
    .map(({ id, triggers }) => ({ detector: id, triggers }));
  return {
    detectors,
    scanner: createTriggerScanner([...sets, CIPHER_TRIGGERS]),
    quietLines: detectors.map((detector) => lineOf(detector)),
    quietWithoutHits: detectors.every(needsHits),
    abstentions: new Abstentions(detectors),
  };
}

/** Whether a detector has nothing to say about a text without triggers. One that depends on its request may abstain. */
export function needsHits(detector: Detector): boolean {
  return detector.triggers.length > 0 && detector.cache === 'content';
}

export interface QuestionSource {
  readonly question: InspectorQuestion;
  readonly fingerprint: Inspection['fingerprint'];
  readonly isCut?: boolean;
}

export interface AskSource extends QuestionSource {
  readonly hitsIn: (layer: TextLayer) => TriggerHits | undefined;
}

const NO_OFFSETS: readonly number[] = [];
const NO_HITS: Inspection['hits'] = () => NO_OFFSETS;

/** The question as one detector sees it: hits are those of its own rules. */
export function askOf(detector: Detector, source: AskSource): Inspection {
  const { hitsIn } = source;
  return inspectionOf(source, (layer, rule) => hitsIn(layer)?.hits(detector.id, rule) ?? NO_OFFSETS);
}

/** The question as every detector sees it whose triggers did not fire. */
export function quietAskOf(source: QuestionSource): Inspection {
  return inspectionOf(source, NO_HITS);
}

function inspectionOf({ question, fingerprint, isCut = false }: QuestionSource, hits: Inspection['hits']): Inspection {
  const { point, origin, request } = question;
  if (request === undefined) return { point, origin, hits, fingerprint, isCut };
  return { point, origin, hits, fingerprint, isCut, request };
}
