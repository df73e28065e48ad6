import type { DrillCase } from './drill-case.ts';
import { type DrillTarget, sendCase } from './drill-client.ts';
import { type Outcome, scoreCase } from './score-case.ts';

export interface DrillRun {
  readonly cases: readonly DrillCase[];
  readonly target: DrillTarget;
  /** Requests a second at most; above 0. */
  readonly rate: number;
  readonly clock: DrillClock;
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

/** Sends the cases one after the other, no faster than the rate. */
export async function runDrill({ cases, target, rate, clock, onResult }: DrillRun): Promise<readonly DrillResult[]> {
  const results: DrillResult[] = [];
  const startedMs = clock.nowMs();
  for (const [at, drillCase] of cases.entries()) {
    const earlyMs = startedMs + (at * 1_000) / rate - clock.nowMs();
    if (earlyMs > 0) await clock.wait(earlyMs);
    const result = await tryCase(drillCase, target);
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
  return { drillCase, outcome, exchange: sent.exchange, answer: String(sent.status) };
}
