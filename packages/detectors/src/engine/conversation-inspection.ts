import type {
  ConversationInspector,
  ConversationReader,
  Course,
  Detector,
  Finding,
  Inspected,
  Inspection,
  InspectorQuestion,
} from '@sallyport/core';
import { lineOf } from './guarded-run.ts';

/** A detector that sees conversations. */
type ConversationDetector = Detector & { readonly conversation: ConversationReader };

interface ConversationTools {
  readonly fingerprint: Inspection['fingerprint'];
  readonly inspect: (text: string, question: InspectorQuestion) => Inspected;
}

const AS_USER: InspectorQuestion = { point: 'input', origin: { role: 'user', field: 'content' }, only: 'content' };

export function seesConversations(detector: Detector): detector is ConversationDetector {
  return detector.conversation !== undefined;
}

/** Runs a detector's `conversation` so that nothing of what it may throw goes any further: it may quote the text. */
export function inspectConversations(
  { id, version, conversation }: ConversationDetector,
  { fingerprint, inspect }: ConversationTools,
): ConversationInspector {
  const failed = lineOf({ id, version }, { status: 'failed', reason: 'detector-threw' });
  const riskOf = (text: string) => injectionRisk(inspect(text, AS_USER).findings);
  return {
    failed,
    tellsAlone: (text) => {
      try {
        return conversation.tellsAlone(text);
      } catch {
        return true;
      }
    },
    note: (text, speaker) => {
      try {
        return conversation.note(text, speaker);
      } catch {
        return undefined;
      }
    },
    judge: (seen, chars) => {
      try {
        const course: Course = { ...seen, riskOf };
        const findings = conversation.judge(course).map(
          ({ type, score, rests }): Finding => ({
            detector: id,
            category: 'multi-turn',
            type,
            score,
            span: { start: 0, end: chars },
            via: [],
            fingerprint: fingerprint(JSON.stringify([type, rests.map((turn) => seen.turns[turn]?.note)])),
          }),
        );
        return { findings, broken: [] };
      } catch {
        return { findings: [], broken: [failed] };
      }
    },
  };
}

function injectionRisk(findings: readonly Finding[]): number {
  return findings.reduce((most, { category, score }) => (category === 'injection' ? Math.max(most, score) : most), 0);
}
