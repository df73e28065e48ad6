import type { RequestFacts } from './decision.ts';
import type { DetectedRequest } from './detect.ts';
import type { Flow } from './flow.ts';
import type { House } from './house.ts';
import { LateLabels } from './late-labels.ts';
import { type TranscriptNotes, transcriptOf } from './transcript-of.ts';

/** Bytes of a body that may wait for as long as an answer does, in case that it calls something. */
const KEPT_BODY_BYTES = 16_384;

export interface LabelParts extends TranscriptNotes {
  readonly flow: Flow;
  readonly facts: RequestFacts;
  readonly after: House['clock']['after'];
}

/**
 * Where the values of the answer's calls will come from. The labels are made while the provider works, or when they are needed
 * where that is soon done; the body is let go as soon as they are.
 */
export function openLabels(detected: DetectedRequest, { flow, facts, after, ...notes }: LabelParts): LateLabels {
  const { parsed, context, slices } = detected;
  const acts =
    facts.tools.length + (context.tools?.length ?? 0) > 0 ||
    slices.some(({ segments }) => segments.some(({ origin }) => origin.role === 'tool'));
  const labels = new LateLabels(flow, { transcript: transcriptOf(detected, notes), acts });
  if (acts) after(0, () => labels.early());
  else if (facts.bodyBytes > KEPT_BODY_BYTES && parsed.facts.stores !== true) labels.letGo();
  return labels;
}
