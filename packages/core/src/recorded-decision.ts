import type {
  AccessQuestion,
  Decision,
  FoldedFindings,
  GuardContext,
  GuardQuestion,
  Principal,
  RequestFacts,
  Resource,
} from './decision.ts';
import type { Finding, ReceiptLine } from './detector.ts';
import type { RecordedSession } from './sessions.ts';

/** A finding as it stands in a record: no text, and where it was in the transcript. */
export interface RecordedFinding extends Finding {
  /** Where the text stood: `message/3/content`, `answer/0/content`, `tool/2/description`. */
  readonly where: string;
}

/** What every question of an exchange has in common; each record states it once. */
export interface RecordedScene {
  /** Absent when the caller could not be identified. */
  readonly principal?: Principal;
  /** The model. */
  readonly resource?: Resource;
  readonly request?: RequestFacts;
  /** Absent where the request was turned away before it was read, or is no part of a conversation. */
  readonly session?: RecordedSession;
  /** Id of the distributed trace that it was part of; absent where nobody named one, and nothing is traced. */
  readonly trace?: string;
  /** Id of the drill that the exchange was part of: nobody meant what it asked for. */
  readonly drill?: string;
  /** SHA-256 of the policy sets in force, hexadecimal. */
  readonly policySet?: string;
  /** Version of the signed bundle that they came from, 1...; absent where none is asked for. */
  readonly policyVersion?: number;
}

export type RecordedAccessQuestion = Pick<AccessQuestion, 'action' | 'context'> & {
  /** Where it is not the scene's. */
  readonly resource?: Resource;
};

export type RecordedGuardQuestion = Pick<GuardQuestion, 'point'> & {
  /** The tool's own action, of a question that had the arguments of a call beside what stands here: it cannot be put again. */
  readonly typedAction?: string;
  /** Where it is not the scene's. */
  readonly resource?: Resource;
  readonly context: Omit<GuardContext, 'request' | 'findings' | 'earlier'> & {
    /** Cut to `RECORDED_FINDINGS_MAX`; `findingsTotal` of the decision counts all. */
    readonly findings: readonly RecordedFinding[];
    /** Of all findings, also those that are not listed; only where some are not. */
    readonly folded?: FoldedFindings;
  };
};

/** One decision with what it depended on beside the scene, so that another policy can be tried on it later. */
export type RecordedDecision =
  | {
      readonly kind: 'access';
      readonly question: RecordedAccessQuestion;
      readonly decision: Omit<Decision, 'policySet'>;
    }
  | {
      readonly kind: 'guard';
      readonly question: RecordedGuardQuestion;
      readonly findingsTotal: number;
      readonly decision: Omit<Decision, 'policySet'>;
    };

/** Findings that one recorded decision lists at most; the rest are counted. */
export const RECORDED_FINDINGS_MAX = 200;

/** How much was looked at. `inspectedBytes` of `totalBytes` of text-bearing content. */
export interface Receipt {
  readonly lines: readonly ReceiptLine[];
  readonly unseen: readonly { readonly kind: string; readonly count: number; readonly bytes: number }[];
  readonly segments: number;
  readonly inspectedChars: number;
  readonly uninspectedChars: number;
}

export interface RecordBase {
  readonly v: 1;
  /** The exchange's id. */
  readonly exchange: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** List entries and characters that the record lost so that it fits a leaf; set by the log, never by who writes records. */
  readonly shortened?: { readonly entries: number; readonly chars: number };
}
