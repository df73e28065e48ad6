import type { Command } from 'commander';
import { durationMs } from './duration.ts';

export interface PeriodFlags {
  readonly since?: string;
  readonly until?: string;
  readonly period?: string;
}

/** RFC 3339, UTC; `to` exclusive. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A day, which counts from its beginning in UTC, or a moment with its zone; nothing for anything else. */
export function momentOf(text: string): string | undefined {
  const ms = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** The flags of a command that is about a stretch of time. */
export function withPeriod(command: Command): Command {
  return command
    .option('--since <time>', 'first day or moment, such as 2026-11-01 or 2026-11-01T08:00:00Z; UTC')
    .option('--until <time>', 'day or moment before which it ends (default: now)')
    .option('--period <time>', 'in the place of --since: so long before the end, such as 7d or 12h');
}

/** The period that the flags name, or what is wrong with them. */
export function periodOf({ since, until, period }: PeriodFlags, nowMs: number): Period | string {
  if ((since === undefined) === (period === undefined)) return 'a period has either --since or --period';
  const to = until === undefined ? new Date(nowMs).toISOString() : momentOf(until);
  if (to === undefined) return '--until has to be a day or a moment';
  const lengthMs = period === undefined ? undefined : durationMs(period);
  if (period !== undefined && !lengthMs) return '--period has to be a time such as 7d, 12h or 30m';
  const from = since === undefined ? new Date(Date.parse(to) - (lengthMs ?? 0)).toISOString() : momentOf(since);
  if (from === undefined) return '--since has to be a day or a moment';
  return from < to ? { from, to } : 'a period has to begin before it ends';
}
