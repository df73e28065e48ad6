import type { Finding, ReceiptLine } from './detector.ts';
import type { StopSignal } from './stop-signal.ts';
import type { Category } from './vocabulary.ts';

/**
 * What a chat model is asked about: whether a message is what the assistant is for, whether a tool call serves what the user asked,
 * and whether a text of which the detectors are not sure tries to override its reader.
 */
export const JUDGE_USES = ['intent', 'alignment', 'grey-zone'] as const;
export type JudgeUse = (typeof JUDGE_USES)[number];

/** What a verdict against a text becomes. */
export const JUDGED = {
  intent: { category: 'intent', type: 'judged-off-intent' },
  alignment: { category: 'intent', type: 'judged-off-task' },
  'grey-zone': { category: 'injection', type: 'judged-injection' },
} as const satisfies Record<JudgeUse, { readonly category: Category; readonly type: string }>;

/** The name of a use in findings, receipts and configuration, where it is switched like a detector. */
export function judgeId(use: JudgeUse): string {
  return `judge-${use}`;
}

export interface JudgeQuestion {
  readonly use: JudgeUse;
  /** What is judged, by name. Hostile: the model is shown it as data. What was found of secrets and personal data in it is masked. */
  readonly data: Readonly<Record<string, string>>;
  readonly signal: StopSignal;
}

/** What came of a question: its line for the receipt, and a finding where the verdict went against the text. */
export interface JudgeAnswer {
  readonly line: ReceiptLine;
  readonly finding?: Omit<Finding, 'span'>;
}

/** Scores in [0,1], both inclusive. */
export interface ScoreBounds {
  readonly from: number;
  readonly to: number;
}

/**
 * A chat model that is asked for a verdict. It can only add findings: whatever it says, nothing that was found is taken back.
 * Its own calls go to its provider straight away, and are not judged.
 */
export interface ModelJudge {
  /** The uses that are on, each with the scores of the detectors between which it is asked. */
  readonly uses: ReadonlyMap<JudgeUse, ScoreBounds>;
  /** Characters of one text that it is shown. */
  readonly maxChars: number;
  /** Never rejects: a question without a verdict to trust has a line that says so. */
  ask(question: JudgeQuestion): Promise<JudgeAnswer>;
  /** The line of a question that was not put. */
  unasked(use: JudgeUse, reason: string): ReceiptLine;
}
