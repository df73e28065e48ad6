import type { RecordedBy } from './operator-records.ts';
import type { IdentityReason, IdentityReference, IdentityState } from './provider-identity.ts';
import type { RecordBase } from './recorded-decision.ts';

/** `restated`: nothing happened; said again, so that retention does not let it go. `settled`: a warning to which nothing was added for long. */
export const IDENTITY_STEPS = ['learned', 'warned', 'changed', 'settled', 'approved', 'restated'] as const;
export type IdentityStep = (typeof IDENTITY_STEPS)[number];

/** What records of identities stand under, instead of an exchange: together they are the timeline. */
export const IDENTITY_KEY = 'identity';

/** A step of the identity of one provider's model, with all that is known of it then: the last one says how it stands. */
export interface IdentityRecord extends RecordBase {
  readonly kind: 'identity';
  readonly step: IdentityStep;
  /** Name in configuration. */
  readonly provider: string;
  /** Name by which clients ask for it. */
  readonly model: string;
  readonly state: IdentityState;
  readonly before: IdentityState;
  /** Since when it is so. */
  readonly since: string;
  readonly reasons: readonly IdentityReason[];
  readonly reference: IdentityReference;
  /** Who approved it last, and when. */
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  /** `approved`: who, by which door, and the operator's own words. */
  readonly by?: RecordedBy;
  readonly reason?: string;
}

/** What records of canaries stand under, instead of an exchange. */
export const CANARY_KEY = 'canary';

/** `calibrated`: which inputs are asked from now on. `asked`: a round of answers. `failed`, `over-budget`: it came to nothing, and is due again. */
export const CANARY_STEPS = ['calibrated', 'asked', 'failed', 'over-budget'] as const;
export type CanaryStep = (typeof CANARY_STEPS)[number];

/** The gateway asked a model something of its own, to see whether it still answers as it did. */
export interface CanaryRecord extends RecordBase {
  readonly kind: 'canary';
  readonly step: CanaryStep;
  readonly provider: string;
  readonly model: string;
  /** Numbers of the inputs in the gateway's own list. */
  readonly inputs: readonly number[];
  /** `asked`: of each input, how often each answer came, by the answer's keyed fingerprint. */
  readonly answers?: readonly Readonly<Record<string, number>>[];
  /** Calls that were made, and what they took by the provider's count, else by ours. */
  readonly calls: number;
  readonly tokens: number;
}
