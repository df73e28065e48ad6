import type { RecordBase } from './recorded-decision.ts';
import type { Conduct } from './vocabulary.ts';

/** Names that one record says of a mix, or of what is new, at most. */
export const SIGNAL_NAMES_MAX = 16;

/** Something that is measured of traffic moved, under an id of its own: what monitoring said, so that it can be held to it. */
export interface SignalRecord extends RecordBase {
  readonly kind: 'signal';
  readonly step: 'changed';
  /** What was measured, such as `latency` or `refusal`, and of what: a scope such as `model`, and its name. */
  readonly signal: string;
  /** Of a principal's conduct, which is a finding and no mere move. */
  readonly category?: Conduct;
  readonly scope: string;
  readonly name: string;
  /** Of a principal. */
  readonly tenant?: string;
  readonly direction: 'up' | 'down' | 'other';
  readonly before?: number;
  readonly after?: number;
  /** Observations since it began to move, and when that was. */
  readonly since: number;
  readonly from: string;
  /** How far it went beyond what raises an alarm, 1.. */
  readonly strength: number;
  readonly moved?: readonly { readonly kind: string; readonly before: number; readonly after: number }[];
  /** Ids of exchanges to look at. */
  readonly exchanges: readonly string[];
  /** Moves that were counted and not recorded since the last recorded one. */
  readonly suppressed?: number;
}
