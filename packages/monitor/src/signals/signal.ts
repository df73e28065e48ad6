import { CONDUCTS, type Conduct } from '@sallyport/core';

/** What a series is about: all traffic, or the part of it that has something in common. */
export const SCOPES = ['gateway', 'model', 'provider', 'route', 'tool', 'agent', 'principal'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * What is measured of an exchange. `latency`, `first-token`: milliseconds, of the whole exchange and from the call of the provider to the head of its
 * answer. `tokens-per-second`: of the answer, from the call of the provider to the end. `cost`: millionths of the currency. `output`: characters that left.
 */
export const LEVEL_SIGNALS = ['latency', 'first-token', 'tokens-per-second', 'cost', 'output'] as const;
export type LevelSignal = (typeof LEVEL_SIGNALS)[number];

/**
 * What an exchange is, or is not. `error`: the provider or the gateway failed. `refusal`: the model declined. `block`: a policy stopped it.
 * `redaction`: something in it was replaced. `rejection`: it was turned away before it was looked at. `repetition`: much of its answer came before in it.
 */
export const RATE_SIGNALS = ['error', 'refusal', 'block', 'redaction', 'rejection', 'repetition'] as const;
export type RateSignal = (typeof RATE_SIGNALS)[number];

/** How an answer ended, in which language it is, and which tools were called. */
export const MIX_SIGNALS = ['finish', 'language', 'tools'] as const;
export type MixSignal = (typeof MIX_SIGNALS)[number];

/**
 * `transitions`: how surprising it is which tool follows which, bits. `outlier`: how unlike all others a principal is, bits. `new-*`: something that was
 * never seen of it, though much was: a tool, a place where data is kept, a type of personal data in one direction.
 */
export const OTHER_SIGNALS = ['transitions', 'outlier', 'new-tool', 'new-destination', 'new-personal-data'] as const;

export const SIGNALS = [...LEVEL_SIGNALS, ...RATE_SIGNALS, ...MIX_SIGNALS, ...OTHER_SIGNALS, ...CONDUCTS] as const;
export type Signal = (typeof SIGNALS)[number];

/** What one series is about. */
export interface SeriesName {
  readonly scope: Scope;
  /** Of a principal: tenant, kind and id, and whom it acts for; empty for `gateway`; `other` for all that have no series of their own. */
  readonly name: string;
  /** Whose it is, where it is a principal's. */
  readonly tenant?: string;
}

/** Something moved. */
export interface SignalMove {
  readonly series: SeriesName;
  readonly signal: Signal;
  /** Of a principal's conduct, which is a finding. */
  readonly category?: Conduct;
  readonly direction: 'up' | 'down' | 'other';
  /** What was usual, and what is seen since; of mixes, and of what is new, nothing. */
  readonly before?: number;
  readonly after?: number;
  /** Observations since it began to move, and when that was, milliseconds since 1970. */
  readonly since: number;
  readonly fromMs: number;
  /** How far it went beyond what raises an alarm, 1..; 1 for what is new. */
  readonly strength: number;
  /** Kinds that moved most, with their shares; or what is new. */
  readonly moved?: readonly { readonly kind: string; readonly before: number; readonly after: number }[];
  /** Exchanges to look at, newest first. */
  readonly exchanges: readonly string[];
}
