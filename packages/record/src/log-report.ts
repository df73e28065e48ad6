import type { TreeHead } from '@sallyport/core';
import type { ArchiveProblem } from './archive-check.ts';
import type { TileProblem } from './tile-check.ts';

export type LogProblem =
  /** No leaves stand at `from` (inclusive) to `to` (exclusive), and later ones do; the log does not say that they were archived. */
  | { readonly kind: 'leaves-missing'; readonly from: number; readonly to: number }
  /** The leaf's bytes and its stored hash do not belong together. Where a head covers it and no range is named, only the bytes were edited. */
  | { readonly kind: 'leaf-edited'; readonly index: number }
  /** The leaf would be looked up under another exchange than its own. */
  | { readonly kind: 'leaf-misfiled'; readonly index: number }
  /**
   * Within `from` (inclusive) to `to` (exclusive), leaves were edited together with their hashes, reordered, inserted or removed. `first`
   * is the first whose hash differs from what its tile kept; absent where there is no tile yet, or the tile was edited alike.
   */
  | { readonly kind: 'leaves-changed'; readonly from: number; readonly to: number; readonly first?: number }
  /** The log ends before what its own head covers: its tail was removed. */
  | { readonly kind: 'tail-missing'; readonly from: number; readonly to: number }
  /** A head that was kept elsewhere covers `to` leaves, and the log ends at `from`: it was set back to an earlier state. */
  | { readonly kind: 'rolled-back'; readonly from: number; readonly to: number }
  /** A head that was kept elsewhere has this size and another root than the log: there are two histories, and both are signed. */
  | { readonly kind: 'forked'; readonly size: number }
  /** There are leaves, the last of them longer than any head is put off, and not one head. */
  | { readonly kind: 'heads-missing'; readonly size: number }
  | { readonly kind: 'head-unsigned'; readonly size: number }
  | { readonly kind: 'head-origin'; readonly size: number }
  /** A head covers no more leaves than the one before it. */
  | { readonly kind: 'head-order'; readonly size: number }
  /** What a witness is said to have signed, it did not; or a head that was kept lacks its signature. */
  | { readonly kind: 'witness-unsigned'; readonly size: number; readonly witness: string }
  /** A record says that a lock was taken back, or that leaves were let go before their days were over. */
  | { readonly kind: 'retention-broken'; readonly index: number }
  | TileProblem
  | ArchiveProblem;

export interface Witnessed {
  readonly witness: string;
  /** Leaves of the head that it signed last. */
  readonly size: number;
  /** When, RFC 3339. */
  readonly at: string;
}

export interface LogReport {
  /** Nothing is wrong. */
  readonly ok: boolean;
  /** Leaves whose bytes are in the store. */
  readonly leaves: number;
  /** Leaves before them, whose hashes are in the store and whose bytes are in the archive. */
  readonly archived: number;
  readonly heads: number;
  /** Leaves that no signed head vouches for yet. After a clean stop there are none. */
  readonly unsealed: number;
  /** The first leaf of the log that is not as it was, and how that shows. */
  readonly firstBad?: { readonly index: number; readonly why: LogProblem['kind'] };
  /** First in the log first; at most `PROBLEMS_MAX` are listed, `problemsTotal` counts all. */
  readonly problems: readonly LogProblem[];
  readonly problemsTotal: number;
  /** What each witness that was asked for vouches for. */
  readonly witnessed: readonly Witnessed[];
  /** The last good head: kept elsewhere, it shows later that the log was not rolled back. */
  readonly head: TreeHead | undefined;
}

/** Problems that a report lists at most. */
export const PROBLEMS_MAX = 100;

/** Where the first leaf is that a problem speaks of; undefined where it speaks of heads or tiles alone. */
export function firstLeafOf(problem: LogProblem): number | undefined {
  switch (problem.kind) {
    case 'leaf-edited':
    case 'leaf-misfiled':
    case 'retention-broken':
    case 'archive-edited':
      return problem.index;
    case 'leaves-changed':
      return problem.first ?? problem.from;
    case 'leaves-missing':
    case 'tail-missing':
    case 'rolled-back':
    case 'archive-missing':
      return problem.from;
    default:
      return undefined;
  }
}
