import type { Fingerprint } from './detector.ts';
import type { Owner } from './owner.ts';
import type { UnseenHistory } from './transcript.ts';

/** A placeholder that stands in what a provider keeps, or a character that marks words of it: which value it names, never the value. */
export interface Placed {
  readonly type: string;
  readonly fingerprint: Fingerprint;
  /** As in `[EMAIL_<number>]`, 1..; of a mark, its UTF-16 unit. */
  readonly number: number;
}

/**
 * What is known of something that a provider keeps and later requests may refer to: an answer, a conversation, an item.
 * Whose it is and where it lives; no text of it.
 */
export interface LedgerEntry {
  /** The provider's own id of it. */
  readonly id: string;
  readonly tenant: string;
  readonly principal: Omit<Owner, 'tenant'>;
  readonly protocol: string;
  readonly route: string;
  readonly provider: string;
  readonly model: string;
  /** Data sources that its exchange read, or went on with; absent: none. */
  readonly sources?: readonly string[];
  readonly placed: readonly Placed[];
  /** What the session had come to by then. Absent in entries of before this was kept: then nobody knows. */
  readonly session?: UnseenHistory;
  /** Id of that session. */
  readonly sessionId?: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** Remembers what providers keep, bounded by age and number: what is gone is unknown, and unknown things are refused. */
export interface Ledger {
  get(id: string): LedgerEntry | undefined;
  /** Adds entries, or puts them in the place of those of the same id. Durable enough to outlive the process when it returns. */
  put(entries: readonly LedgerEntry[]): void;
  forget(ids: readonly string[]): void;
}
