import type { RecordedBy } from './operator-records.ts';
import type { RecordBase } from './recorded-decision.ts';

/**
 * Whether a provider's model is still the one that was approved. `watching`: nobody approved it yet, and it is as it was first seen. `warned`:
 * something moved that can have other causes. `changed`: it says itself, or its answers show, that it is another one.
 */
export const IDENTITY_STATES = ['approved', 'watching', 'warned', 'changed'] as const;
export type IdentityState = (typeof IDENTITY_STATES)[number];

/** What policies read of a model that was not seen yet. */
export const UNSEEN_IDENTITY = 'unseen';

/** What can speak against it being the same model. */
export const IDENTITY_SIGNALS = [
  'served-model',
  'fingerprint',
  'first-token',
  'speed',
  'billed-input',
  'billed-output',
  'refusal',
] as const;
export type IdentitySignal = (typeof IDENTITY_SIGNALS)[number];

/** What spoke against it, since when, and how sure that is; never content. */
export interface IdentityReason {
  readonly signal: IdentitySignal;
  /** Time of what showed it first. */
  readonly from: string;
  /** A name or fingerprint that was not seen before. */
  readonly name?: string;
  readonly before?: number;
  readonly after?: number;
  /** How far it went beyond what counts as a move, 1.. */
  readonly strength?: number;
  /** Ids of exchanges to look at. */
  readonly exchanges: readonly string[];
}

/** What a model called itself while it was trusted. */
export interface IdentityReference {
  readonly models: readonly string[];
  readonly fingerprints: readonly string[];
}

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
