import type { ReportPeriod } from '@sallyport/runtime';
import type { Command } from 'commander';
import { durationMs } from './duration.ts';
import { momentOf } from './moment.ts';

export interface PeriodFlags {
  readonly period?: string;
  readonly since?: string;
  readonly until?: string;
}

/** The flags of a command that is about a stretch of time. @param otherwise what is taken where nobody says it */
export function withPeriod(command: Command, otherwise?: string): Command {
  const end = otherwise === undefined ? '' : ` (default: \`${otherwise}\`)`;
  return command
    .option('--period <period>', `such as \`30d\` up to now, \`2026-11\` or \`2026-11-29\`, UTC${end}`)
    .option('--since <time>', 'first day or moment instead, such as 2026-11-01 or 2026-11-01T08:00:00Z; UTC')
    .option('--until <time>', 'day or moment before which it ends (default: now)');
}

/** What is wrong with options that name no period. */
export const NO_PERIOD =
  '--period has to be a time such as `30d`, a month or a day, or --since and --until days or moments, the first before the second';

/** What a report is about where nobody says it, milliseconds: 30 days. */
const DEFAULT_MS = 30 * 86_400_000;
const MONTH = /^(\d{4})-(\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

/** The period that options name: `30d` up to now, `2026-11`, `2026-11-29`, or from one moment to another. Nothing where they name none. */
export function reportPeriod({ period, since, until }: PeriodFlags, nowMs: number): ReportPeriod | undefined {
  if (period !== undefined) return since === undefined && until === undefined ? namedPeriod(period, nowMs) : undefined;
  const to = until === undefined ? new Date(nowMs).toISOString() : momentOf(until);
  if (to === undefined) return undefined;
  const from = since === undefined ? new Date(Date.parse(to) - DEFAULT_MS).toISOString() : momentOf(since);
  return from === undefined || from >= to ? undefined : { from, to };
}

function namedPeriod(name: string, nowMs: number): ReportPeriod | undefined {
  const ms = durationMs(name);
  if (ms !== undefined) return ms === 0 ? undefined : between(nowMs - ms, nowMs);
  const [, year = '', month = ''] = MONTH.exec(name) ?? [];
  if (year !== '' && Number(month) >= 1 && Number(month) <= 12)
    return between(Date.UTC(Number(year), Number(month) - 1), Date.UTC(Number(year), Number(month)));
  const day = DAY.test(name) ? momentOf(name) : undefined;
  return day === undefined ? undefined : between(Date.parse(day), Date.parse(day) + DAY_MS);
}

function between(fromMs: number, toMs: number): ReportPeriod {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
