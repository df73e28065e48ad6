import type { ReportPeriod } from './report-bins.ts';

/** What a report was made from. */
export interface ReportSource {
  readonly log: {
    readonly origin: string;
    /** Leaves that were there. */
    readonly size: number;
    /** Leaves before this one had left for the archive: no report counts them. */
    readonly archived: number;
  };
  readonly period: ReportPeriod;
  /** Whose traffic it is of; absent: of all tenants. */
  readonly tenant?: string;
  /** RFC 3339, UTC. */
  readonly madeAt: string;
}
