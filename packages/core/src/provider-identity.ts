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
  'backend',
  'first-token',
  'speed',
  'billed-input',
  'billed-output',
  'refusal',
  'canary',
  'digest',
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

/** By what a model was known while it was trusted. */
export interface IdentityReference {
  readonly models: readonly string[];
  readonly fingerprints: readonly string[];
  /** What the headers of its answers said of what served it. */
  readonly backends: readonly string[];
  /** What tells its files from others, where its server says so. */
  readonly digests: readonly string[];
}
