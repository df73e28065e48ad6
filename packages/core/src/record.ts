import type { ApprovalAnswer } from './approval.ts';
import type { BudgetHit, SettledBudget, TokenUse } from './budgets.ts';
import type {
  AccessQuestion,
  Decision,
  FoldedFindings,
  GuardContext,
  GuardQuestion,
  Principal,
  RequestFacts,
  Resource,
  Scope,
} from './decision.ts';
import type { Finding, ReceiptLine } from './detector.ts';
import type { ErrorCode } from './errors.ts';
import type { Grant } from './grant.ts';
import type { PayloadPart } from './payload-store.ts';
import type { PolicyChange } from './policy-change.ts';
import type { AnswerFacts } from './protocol.ts';
import type { RecordedSession } from './sessions.ts';
import type { PinOwner } from './tool-pins.ts';
import type { ApprovalDoor, Effect, SubjectKind } from './vocabulary.ts';

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

interface RecordBase {
  readonly v: 1;
  /** The exchange's id. */
  readonly exchange: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** List entries and characters that the record lost so that it fits a leaf; set by the log, never by who writes records. */
  readonly shortened?: { readonly entries: number; readonly chars: number };
}

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
  /** As in `opened`, with those whose turn came when others had failed. */
  readonly passedOver?: readonly string[];
  readonly decisions: readonly RecordedDecision[];
  readonly receipt: Receipt;
  readonly effect: Effect;
  readonly fault?: ErrorCode;
  readonly redacted: Readonly<Record<string, number>>;
  readonly restored: number;
  readonly answer: AnswerFacts;
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

/** What happens to an approval: it is asked for, decided by a human, or its time passes. The call that uses it names it. */
export const APPROVAL_STEPS = ['asked', 'granted', 'denied', 'expired'] as const;
export type ApprovalStep = (typeof APPROVAL_STEPS)[number];

/** A step of an approval, under the exchange that asked for it. */
export interface ApprovalRecord extends RecordBase {
  readonly kind: 'approval';
  readonly approval: string;
  readonly step: ApprovalStep;
  readonly principal: Principal;
  readonly tool: string;
  /** Keyed fingerprint of what it is bound to: principal, tool, canonical arguments, policy version. Hexadecimal. */
  readonly binding: string;
  readonly policySet: string;
  readonly policyVersion?: number;
  readonly policies: readonly string[];
  /** Keyed fingerprint of all that was shown to whoever decided, hexadecimal. */
  readonly shown: string;
  /** Who decided, by which door, and the reason given: words of the operator's own. */
  readonly by?: { readonly id: string; readonly via: ApprovalDoor };
  readonly reason?: string;
}

/** What an operator does about a pinned tool: takes another definition for good, or lets the tool be pinned anew. */
export const TOOL_STEPS = ['accepted', 'forgotten'] as const;
export type ToolStep = (typeof TOOL_STEPS)[number];

/** A step of a pinned tool, under the exchange that brought the definition which it is about. */
export interface ToolRecord extends RecordBase {
  readonly kind: 'tool';
  readonly pin: string;
  readonly step: ToolStep;
  readonly owner: PinOwner;
  readonly tool: string;
  /** Keyed fingerprints of the definitions that were trusted before, and of those that are now; hexadecimal. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly by: { readonly id: string; readonly via: ApprovalDoor };
  /** The operator's own words. */
  readonly reason: string;
}

/** What becomes of a grant: it is given, taken back, or its time passes. Each decision that it lets through names it. */
export const GRANT_STEPS = ['granted', 'revoked', 'expired'] as const;
export type GrantStep = (typeof GRANT_STEPS)[number];

/** A step of a grant, under an id of its own. */
export interface GrantRecord extends RecordBase {
  readonly kind: 'grant';
  readonly step: GrantStep;
  readonly grant: Grant;
  /** Who gave it or took it back; absent for one whose time passed. */
  readonly by?: { readonly id: string; readonly via: ApprovalDoor };
  /** Why it was taken back: the operator's own words. */
  readonly reason?: string;
}

/** What an operator says of somebody or something from now on, under an id of its own. */
export interface EntityRecord extends RecordBase {
  readonly kind: 'entity';
  readonly step: 'put' | 'removed';
  /** Section of the configuration, such as `dataSources`. */
  readonly section: string;
  readonly name: string;
  /** Of one that was put. */
  readonly value?: unknown;
  readonly by: { readonly id: string; readonly via: ApprovalDoor };
  readonly reason: string;
}

/** A set of policies that came into force, under an id of its own: which set was in force when is what these records say together. */
export interface PolicySetRecord extends RecordBase {
  readonly kind: 'policy-set';
  readonly cause: 'start' | 'reload';
  /** The set that was in force until now; absent at a start. */
  readonly before?: string;
  readonly policySet: string;
  readonly policyVersion?: number;
  /** Policies that act, and those that only report. */
  readonly enforced: number;
  readonly monitored: number;
  /** What its author said of it, where that was said of this very set. */
  readonly change?: Omit<PolicyChange, 'policySet'>;
}

/** `set`: new terms of keeping are in force. `archived`: leaves were written to the archive, and may leave the store. */
export const RETENTION_STEPS = ['set', 'archived'] as const;
export type RetentionStep = (typeof RETENTION_STEPS)[number];

/** What records of retention stand under, instead of an exchange. */
export const RETENTION_KEY = 'retention';

/** How long records stay, as the log itself says it: so that nobody can say later that it was otherwise. */
export interface RetentionRecord extends RecordBase {
  readonly kind: 'retention';
  readonly step: RetentionStep;
  /** The terms in force from here on: leaves stay in the store for so many days. */
  readonly days: number;
  /** Whether the days can't be made fewer any more. */
  readonly lock: boolean;
  /** `archived`: the leaves before this index; a multiple of 256. */
  readonly to?: LeafIndex;
  /** `archived`: time of the newest of them. */
  readonly newest?: string;
}

/** A subject as records name it: whoever knows its name and has the install's secrets can tell which it is. */
export interface RecordedSubject {
  readonly kind: SubjectKind;
  /** Keyed hash of its name, hexadecimal. */
  readonly id: string;
}

/** Something of an exchange was put under lock, or could not be; its sizes, never its text. */
export interface CapturedRecord extends RecordBase {
  readonly kind: 'captured';
  readonly part: PayloadPart;
  readonly subject: RecordedSubject;
  /** Texts that were captured, values that the vault keeps, and their size in UTF-8. */
  readonly texts: number;
  readonly values: number;
  readonly bytes: number;
  /** Texts or values that the bounds left out, and characters that they cut. */
  readonly left: number;
  readonly cutChars: number;
  /** Which of the subject's data keys, 1.. Absent, like the commitment, where it failed. */
  readonly generation?: number;
  /** HMAC-SHA-256 of the content under a salt that is sealed with it, hexadecimal: without the data key it says nothing. */
  readonly commitment?: string;
  readonly failed?: ErrorCode;
}

interface OperatorStep extends RecordBase {
  readonly by: { readonly id: string; readonly via: ApprovalDoor };
  /** The operator's own words. */
  readonly reason: string;
}

/** A subject's data keys are destroyed: recorded before they are, so that a copy of an older store is refused too. Not of one exchange. */
export interface ShredRecord extends OperatorStep {
  readonly kind: 'shred';
  readonly subject: RecordedSubject;
  /** All up to this one, 1.. */
  readonly generations: number;
}

/**
 * What operators do with content under lock. `revealed`: read what was captured of an exchange, or a value of the vault; `exported`: read
 * all that is held of a subject; `rewrapped`: put every data key under another key-encryption key.
 */
export const CONTENT_STEPS = ['revealed', 'exported', 'rewrapped'] as const;
export type ContentStep = (typeof CONTENT_STEPS)[number];

/** A step of an operator with content under lock, one that policy refused too. Under its exchange, where it is about one. */
export interface ContentRecord extends OperatorStep {
  readonly kind: 'content';
  readonly step: ContentStep;
  readonly effect: Effect;
  /** Absent where nothing is to be decided. */
  readonly decisions: readonly RecordedDecision[];
  readonly principal?: Principal;
  readonly policySet?: string;
  readonly subject?: RecordedSubject;
  /** Name of the placeholder whose value was asked for, such as `EMAIL_1`. */
  readonly placeholder?: string;
  /** Payloads that were read, or data keys that were put under another key. */
  readonly count: number;
  /** Id of the key-encryption key. */
  readonly keyId?: string;
}

/** Stands for the exchange's id in records of operators' steps that are about none. */
export const OPERATOR_STEPS = 'content';

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
  | EntityRecord;

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
] as const satisfies readonly AuditRecord['kind'][];

/** Where the pipeline leaves its records. Resolves when the record is as durable as the audit setting promises. */
export interface Recorder {
  append(record: AuditRecord): Promise<void>;
}

/** Zero-based position of a leaf in the log. */
export type LeafIndex = number;

/** The signed head of the log. */
export interface TreeHead {
  readonly size: number;
  /** RFC 6962 root hash of the first `size` leaves, base64. */
  readonly root: string;
  readonly at: string;
  /** Name of the log's origin, one per replica. */
  readonly origin: string;
  /** Ed25519 over the head's canonical text, base64. */
  readonly signature: string;
}

/** Largest leaf, bytes: what a C2SP log tile can hold. */
export const LEAF_MAX_BYTES = 65_535;

/** One leaf as it stands in a store. */
export interface StoredLeaf {
  readonly index: LeafIndex;
  readonly leaf: Uint8Array;
  /** The leaf's RFC 6962 hash as stored at append, 32 bytes. */
  readonly hash: Uint8Array;
  /** What the leaf can be looked up by: the exchange's id. Not hashed; verification compares it with the leaf. */
  readonly key: string | undefined;
}

/** Where recovery may start instead of at the first leaf. Saved with the head of the same size, whose signature vouches for `frontier`. */
export interface RecoveryMark {
  readonly size: number;
  /** Roots of the perfect subtrees that make up the first `size` leaves, largest first, base64. */
  readonly frontier: readonly string[];
  /** Exchanges with `opened` and no `closed` among the first `size` leaves. */
  readonly open: readonly string[];
}

/** The reading half of a store: another process may hold it beside the one that appends. */
export interface RecordReader {
  /** Durable leaves. */
  readonly size: number;
  /** Rows in index order, `to` exclusive. A leaf that is missing is skipped, never an error: verification looks for it. */
  leaves(from: LeafIndex, to?: LeafIndex): Iterable<StoredLeaf>;
  read(from: LeafIndex, to?: LeafIndex): Iterable<Uint8Array>;
  /** Index of the first leaf whose bytes are in the store: those before it were archived. `size` when there is none. */
  readonly first: LeafIndex;
  /**
   * Hashes of a level of the tree, 32 bytes each: number n is the root over the 256^level leaves from n * 256^level on; level 0 are the
   * leaves' own. `to` exclusive; only whole ones are there. Archived leaves keep theirs. One that is missing is skipped.
   */
  nodes(level: number, from: number, to: number): Iterable<Uint8Array>;
  /** A full tile as stored: 256 hashes of a level, and the root over them. */
  tile(level: number, n: number): StoredTile | undefined;
  /** Leaves that were appended under `key`, in index order. */
  find(key: string): Iterable<StoredLeaf>;
  /** Oldest first; those that are there when the first is read. */
  heads(): Iterable<TreeHead>;
  head(): TreeHead | undefined;
  mark(): RecoveryMark | undefined;
  /** The last word of each witness, smallest head first. */
  cosignatures(): Iterable<Cosignature>;
  close(): Promise<void>;
}

/** A full tile of the tree, as C2SP tiles have it. */
export interface StoredTile {
  /** 256 hashes of 32 bytes. */
  readonly hashes: Uint8Array;
  /** The root over them. */
  readonly root: Uint8Array;
}

/** A witness's signature under a head. */
export interface Cosignature {
  /** Of the head. */
  readonly size: number;
  /** The witness's name. */
  readonly witness: string;
  /** Signature line of a signed note, with its line feed. */
  readonly line: string;
}

/** The folder that holds a log as static files: `checkpoint`, `tile/0/000`, `tile/entries/000.p/12`. No other path is taken. */
export interface TileFiles {
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Resolves when the file is whole and durable; whatever happens, it is whole or as it was. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes a tile's partial versions: `tile/0/000.p`. */
  removePartial(path: string): Promise<void>;
}

/**
 * Append-only leaves, opaque bytes of at most 65,535, hashed as stored.
 * Appends resolve when durable, in index order. The store commits whatever has queued as soon as its previous commit ended.
 */
export interface RecordStore extends RecordReader {
  append(leaf: Uint8Array, key?: string): Promise<LeafIndex>;
  /** Resolves when the head, and the mark of the same size if there is one, are durable. */
  saveHead(head: TreeHead, mark?: RecoveryMark): Promise<void>;
  /** Resolves when it is durable; of each witness the last word is kept, which covers all leaves before. */
  saveCosignature(cosignature: Cosignature): Promise<void>;
  /**
   * Lets the bytes of the leaves before `to` go, a multiple of 256 whose tiles are stored, and heads over no more than them which no
   * witness signed. Their hashes stay. Resolves when it is durable; at most `DROP_MAX_LEAVES` leaves at a time, `first` says how far it came.
   */
  drop(to: LeafIndex): Promise<void>;
}

/** Leaves that one `drop` lets go: 20 ms of the disk. */
export const DROP_MAX_LEAVES = 2_048;

/** A gateway key as it is stored: never the secret. */
export interface StoredKey {
  readonly name: string;
  /** HMAC-SHA-256 of the secret with the install's key, hexadecimal. */
  readonly hmac: string;
  /** Without a scope: that is the key's. */
  readonly principal: Principal;
  /** RFC 3339, UTC; as all times here. */
  readonly createdAt: string;
  readonly revokedAt?: string;
  readonly scope?: Scope;
  /** From then on it is refused. */
  readonly expiresAt?: string;
  /** SHA-256 of the client certificate that it is bound to, base64url (RFC 8705, section 3.1): worth nothing without it. */
  readonly certificate?: string;
  readonly rotatedAt?: string;
  /** The secret that it had before, and until when that one works. */
  readonly previous?: { readonly hmac: string; readonly until: string };
  /** To the minute; written now and then, so it may lag behind by some. */
  readonly lastUsed?: string;
}

/** Another secret for a key. */
export interface KeyRotation {
  readonly hmac: string;
  readonly at: string;
  /** Until when the secret that it had works too. One that it had before that ends at once. */
  readonly until: string;
  /** When the key expires from now on; absent: as before. */
  readonly expiresAt?: string | undefined;
}

/** Keys may change under a running gateway (another process revokes one): `version()` is cheap and says when to look again. */
export interface KeyStore {
  put(key: StoredKey): void;
  /** @returns false when no key of this name is in force */
  rotate(name: string, rotation: KeyRotation): boolean;
  revoke(name: string, at: string): boolean;
  /** Notes when keys were used last, by name. Leaves `version()` as it is. */
  used(at: ReadonlyMap<string, string>): void;
  list(): readonly StoredKey[];
  /** A number that differs from the last one whenever the keys may have changed. */
  version(): number;
  close(): void;
}
