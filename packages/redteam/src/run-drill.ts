import type { DrillCase } from './drill-case.ts';
import { type DrillTarget, sendCase } from './drill-client.ts';
import { type Outcome, scoreCase } from './score-case.ts';

export interface DrillRun {
  readonly cases: readonly DrillCase[];
  readonly target: DrillTarget;
  /** Requests a second at most; above 0. */
  readonly rate: number;
  readonly clock: DrillClock;
  /** Aborting ends it after the request that is under way. */
  readonly stop?: AbortSignal | undefined;
  readonly onResult: (result: DrillResult) => void;
}

export interface DrillClock {
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

export interface DrillResult {
  readonly drillCase: DrillCase;
  readonly outcome: Outcome;
  /** Id of the exchange in the log; empty when there is none. */
  readonly exchange: string;
  /** HTTP status, or why there is none. */
  readonly answer: string;
}

/** Unanswered requests in a row after which no further ones are sent: a gateway that is gone, or full, is let alone. */
export const SILENT_MAX = 10;

/** Sends the cases one after the other, no faster than the rate. What is not sent has no answer. */
export async function runDrill({
  cases,
  target,
  rate,
  clock,
  stop,
  onResult,
}: DrillRun): Promise<readonly DrillResult[]> {
  const results: DrillResult[] = [];
  const startedMs = clock.nowMs();
  let silent = 0;
  for (const [at, drillCase] of cases.entries()) {
    if (silent >= SILENT_MAX || stop?.aborted === true) {
      results.push({ drillCase, outcome: 'unanswered', exchange: '', answer: 'not sent' });
      continue;
    }
    const earlyMs = startedMs + (at * 1_000) / rate - clock.nowMs();
    if (earlyMs > 0) await clock.wait(earlyMs);
    const result = await tryCase(drillCase, target);
    silent = result.outcome === 'unanswered' ? silent + 1 : 0;
    results.push(result);
    onResult(result);
  }
  return results;
}

/** Sends one case. */
export async function tryCase(drillCase: DrillCase, target: DrillTarget): Promise<DrillResult> {
  const sent = await sendCase(drillCase, target);
  const outcome = scoreCase(drillCase, sent, target.provider);
  if ('unanswered' in sent) return { drillCase, outcome, exchange: '', answer: sent.unanswered };
  return { drillCase, outcome, exchange: sent.exchange, answer: sent.broken ?? String(sent.status) };
}
