import type { AlertRecord } from './alert-record.ts';
import type { AnswerStyle } from './answer-style.ts';
import type { ApprovalAnswer } from './approval.ts';
import type { BudgetHit, SettledBudget, TokenUse } from './budgets.ts';
import type { ContainmentRecord } from './containment.ts';
import type { ErrorCode } from './errors.ts';
import type { CanaryRecord, IdentityRecord } from './identity-record.ts';
import type {
  AdminRecord,
  ApprovalRecord,
  AuthorizationRecord,
  CapturedRecord,
  ContentRecord,
  EntityRecord,
  GrantRecord,
  PolicySetRecord,
  RetentionRecord,
  ShredRecord,
  ToolRecord,
} from './operator-records.ts';
import type { AnswerFacts } from './protocol.ts';
import type { Receipt, RecordBase, RecordedDecision, RecordedScene } from './recorded-decision.ts';
import type { SignalRecord } from './signal-record.ts';
import type { Effect } from './vocabulary.ts';

/** The input's decision; durable before the first byte of an answer. */
export interface OpenedRecord extends RecordBase, RecordedScene {
  readonly kind: 'opened';
  readonly provider?: string;
  /** Providers of the route that policy kept the request from; why is among the decisions. */
  readonly passedOver?: readonly string[];
  readonly decisions: readonly RecordedDecision[];
  readonly receipt: Receipt;
  readonly effect: Effect;
  /** Why the request was turned away before or instead of a decision. */
  readonly fault?: ErrorCode;
  /** Redactions made, by type. */
  readonly redacted: Readonly<Record<string, number>>;
  /** Limits that were reached. */
  readonly budgets?: readonly BudgetHit[];
  /** Keyed fingerprint of the request body as it came, hexadecimal. */
  readonly body?: string;
  /** Keyed sketch of what the user said last: how alike two requests are can be told by it, and nothing else. */
  readonly sketch?: string;
  readonly detectors: string;
}

/** A tool call that the model asked for, decided before it was released. */
export interface DecidedRecord extends RecordBase, RecordedScene {
  readonly kind: 'decided';
  readonly tool: string;
  readonly decisions: readonly RecordedDecision[];
  readonly effect: Effect;
  /** What a human allowed or refused, where policy asked for one. */
  readonly approval?: ApprovalAnswer;
}

export type ExchangeOutcome =
  /** The answer went out whole (perhaps redacted). */
  | 'completed'
  /** A refusal of ours went out instead of the answer or of its rest. */
  | 'refused'
  /** The request was turned away (identity, shape, limits). */
  | 'rejected'
  | 'client-aborted'
  | 'upstream-failed'
  | 'internal-error';

/** The provider that was called last for an exchange, and how many calls were made in all, 1... */
export interface TriedUpstream {
  readonly provider: string;
  readonly tries: number;
}

/** The final receipt; durable before the terminal event of an answer. */
export interface ClosedRecord extends RecordBase, RecordedScene {
  readonly kind: 'closed';
  readonly outcome: ExchangeOutcome;
  /** HTTP status towards the client. */
  readonly status: number;
  readonly upstreamStatus?: number;
  /** Who served, or failed last. Absent when nothing was sent. */
  readonly upstream?: TriedUpstream;
  /** What the answer's headers say of what served it, such as `server:uvicorn`. */
  readonly backend?: readonly string[];
  /** As in `opened`, with those whose turn came when others had failed. */
  readonly passedOver?: readonly string[];
  readonly decisions: readonly RecordedDecision[];
  readonly receipt: Receipt;
  readonly effect: Effect;
  readonly fault?: ErrorCode;
  readonly redacted: Readonly<Record<string, number>>;
  readonly restored: number;
  readonly answer: AnswerFacts;
  /** How the answer reads: a label and a number; absent where too little came, or monitoring is off. */
  readonly style?: AnswerStyle;
  /** Tokens that were reserved of budgets, and what was put in their place; absent where there are no budgets. */
  readonly usage?: { readonly reserved: SettledBudget['reserved']; readonly settled: TokenUse };
  /** Absent where there are no budgets, or no price is known. */
  readonly cost?: NonNullable<SettledBudget['cost']>;
  /** Limits that were reached, those of `opened` too. */
  readonly budgets?: readonly BudgetHit[];
  /** Characters of text lanes that left the gateway. */
  readonly releasedChars: number;
  /** Milliseconds: of the whole exchange, from arrival to the call of the provider and to its answer's head, and of held text. */
  readonly ms: {
    readonly total: number;
    readonly beforeUpstream?: number;
    readonly upstreamFirstByte?: number;
    readonly held: number;
  };
  /** Rejections like this one that were counted and not recorded since the last recorded one; a flood must not fill the log. */
  readonly suppressed?: number;
}

/** Written at start-up for an exchange that has `opened` and no `closed`. */
export interface InterruptedRecord extends RecordBase {
  readonly kind: 'interrupted';
}

export type AuditRecord =
  | OpenedRecord
  | DecidedRecord
  | ClosedRecord
  | InterruptedRecord
  | ApprovalRecord
  | ToolRecord
  | PolicySetRecord
  | RetentionRecord
  | CapturedRecord
  | ShredRecord
  | ContentRecord
  | GrantRecord
  | EntityRecord
  | AuthorizationRecord
  | AdminRecord
  | SignalRecord
  | AlertRecord
  | ContainmentRecord
  | IdentityRecord
  | CanaryRecord;

/** What a record can be, in the order in which an exchange leaves them; then what is under no exchange. */
export const RECORD_KINDS = [
  'opened',
  'decided',
  'closed',
  'interrupted',
  'approval',
  'tool',
  'policy-set',
  'retention',
  'captured',
  'shred',
  'content',
  'grant',
  'entity',
  'authorization',
  'admin',
  'signal',
  'alert',
  'containment',
  'identity',
  'canary',
] as const satisfies readonly AuditRecord['kind'][];

/** Where the pipeline leaves its records. Resolves when the record is as durable as the audit setting promises. */
export interface Recorder {
  append(record: AuditRecord): Promise<void>;
}
