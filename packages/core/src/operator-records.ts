import type { Principal } from './decision.ts';
import type { ErrorCode } from './errors.ts';
import type { Grant } from './grant.ts';
import type { Owner } from './owner.ts';
import type { PayloadPart, RecordedSubject } from './payload-store.ts';
import type { PolicyChange } from './policy-change.ts';
import type { LeafIndex } from './record-store.ts';
import type { RecordBase, RecordedDecision } from './recorded-decision.ts';
import type { PinOwner } from './tool-pins.ts';
import type { ApprovalDoor, Effect, OperatorProof } from './vocabulary.ts';

/** Who did something, and by which door. */
export interface RecordedBy {
  readonly id: string;
  readonly via: ApprovalDoor;
}

interface OperatorStep extends RecordBase {
  readonly by: RecordedBy;
  /** The operator's own words. */
  readonly reason: string;
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
  /** Who decided, and the reason given: words of the operator's own. */
  readonly by?: RecordedBy;
  readonly reason?: string;
}

/** What an operator does about a pinned tool: takes another definition for good, or lets the tool be pinned anew. */
export const TOOL_STEPS = ['accepted', 'forgotten'] as const;
export type ToolStep = (typeof TOOL_STEPS)[number];

/** A step of a pinned tool, under the exchange that brought the definition which it is about. */
export interface ToolRecord extends OperatorStep {
  readonly kind: 'tool';
  readonly pin: string;
  readonly step: ToolStep;
  readonly owner: PinOwner;
  readonly tool: string;
  /** Keyed fingerprints of the definitions that were trusted before, and of those that are now; hexadecimal. */
  readonly before: readonly string[];
  readonly after: readonly string[];
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
  readonly by?: RecordedBy;
  /** Why it was taken back: the operator's own words. */
  readonly reason?: string;
}

/** What an operator says of somebody or something from now on, under an id of its own. */
export interface EntityRecord extends OperatorStep {
  readonly kind: 'entity';
  readonly step: 'put' | 'removed';
  /** Section of the configuration, such as `dataSources`. */
  readonly section: string;
  readonly name: string;
  /** Of one that was put. */
  readonly value?: unknown;
}

/**
 * What becomes of an authorization at an MCP server. `consented`, `declined`: somebody said so on the gateway's page. `obtained`, `refreshed`: a token
 * was got. `revoked`: an operator took it back. `lost`: it does not hold any more, by what its authorization server or the MCP server said.
 */
export const AUTHORIZATION_STEPS = ['consented', 'declined', 'obtained', 'refreshed', 'revoked', 'lost'] as const;
export type AuthorizationStep = (typeof AUTHORIZATION_STEPS)[number];

/** A step of an authorization, under an id of its own; never a token. */
export interface AuthorizationRecord extends RecordBase {
  readonly kind: 'authorization';
  readonly step: AuthorizationStep;
  /** Name of the MCP server. */
  readonly server: string;
  /** Whose it is; absent for the gateway's own. */
  readonly owner?: Owner;
  /** The application for which it was consented to, as it was known at the door. */
  readonly client?: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** Who took it back, and the reason given. */
  readonly by?: RecordedBy;
  readonly reason?: string;
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

/** A subject's data keys are destroyed: recorded before they are, so that a copy of an older store is refused too. Not of one exchange. */
export interface ShredRecord extends OperatorStep {
  readonly kind: 'shred';
  readonly subject: RecordedSubject;
  /** All up to this one, 1.. */
  readonly generations: number;
  /** Leaf of the erasure that this one repeats because retention lets it go: then it is no erasure of its own. Whose words they are stays. */
  readonly again?: LeafIndex;
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

/** Who asked something of the admin API, as they were known then. */
export interface RecordedOperator {
  readonly id: string;
  /** What they may do: names of roles, none for who is known and has none. */
  readonly roles: readonly string[];
  /** What showed who they are. */
  readonly by: OperatorProof;
}

/** `done`: it was recorded, and then done. `refused`: they may not, or nobody knows them. `failed`: they may, and it came to nothing. */
export const ADMIN_OUTCOMES = ['done', 'refused', 'failed'] as const;
export type AdminOutcome = (typeof ADMIN_OUTCOMES)[number];

/** Things that one record names at most; the rest are counted. */
export const ADMIN_TARGETS_MAX = 50;

/**
 * What an operator did, or wanted to, where no other kind of record says so; under an id of its own. Two of one id: it was recorded as done,
 * and failed then.
 */
export interface AdminRecord extends RecordBase {
  readonly kind: 'admin';
  /** Absent where nobody was recognised. */
  readonly operator?: RecordedOperator;
  /** Name of the permission that it takes; empty for what there is not. */
  readonly action: string;
  /** Ids or names of what it is about, as the gateway made or checked them; never content. */
  readonly targets: readonly string[];
  /** Targets that are not named. */
  readonly more?: number;
  readonly outcome: AdminOutcome;
  readonly fault?: ErrorCode;
  /** The operator's own words. */
  readonly reason?: string;
  /** Refusals and failures like this one that were counted and not recorded since the last recorded one. */
  readonly suppressed?: number;
}
