import type { LeafIndex } from '@sallyport/core';
import type { FrameworkReport } from './assess.ts';
import type { PeriodReport } from './period-figures.ts';

/** What `evidence.json` of a pack holds: no text of prompts, answers or secrets, and of people only what the log's leaves name. */
export interface Evidence {
  readonly v: 1;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly product: { readonly name: 'sallyport'; readonly version: string };
  readonly log: {
    readonly origin: string;
    /** Leaves that the pack's checkpoint covers. */
    readonly size: number;
    /** Base64, as the checkpoint says. */
    readonly root: string;
    /** Leaves before this one had left for the archive: they are in no figure. */
    readonly archived: LeafIndex;
    /** The whole log was recomputed when the pack was made, and nothing was wrong with it. */
    readonly verified: boolean;
  };
  /** RFC 3339, UTC; `to` exclusive. */
  readonly period: { readonly from: string; readonly to: string } & PeriodReport;
  /** The policy set in force when the pack was made: SHA-256, hexadecimal. */
  readonly policySet: string;
  readonly framework: FrameworkReport;
  /** Leaves that are in the pack, each with a proof. */
  readonly examples: readonly LeafIndex[];
  /** Whether all leaves are in the pack, so that its figures can be counted again. */
  readonly wholeLog: boolean;
}
