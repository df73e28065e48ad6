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
