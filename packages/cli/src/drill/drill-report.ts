import { renameSync, writeFileSync } from 'node:fs';
import {
  type DrillResult,
  type DrillVerdict,
  judged,
  junitReport,
  metricsReport,
  sarifReport,
  summarize,
} from '@sallyport/redteam';
import { VERSION } from '../version.ts';
import type { DrillFormat, DrillNumbers } from './drill-options.ts';
import { drillTables } from './drill-tables.ts';

export interface Drilled {
  readonly results: readonly DrillResult[];
  readonly drillId: string;
  readonly seed: string;
  readonly numbers: DrillNumbers;
}

/** What a drill came to, in words for people or for a program, and whether its criterion is met. */
export function drillReport(drilled: Drilled, format: DrillFormat): DrillVerdict & { readonly text: string } {
  const verdict = judged(summarize(drilled.results), drilled.numbers);
  return { ...verdict, text: textOf(drilled, format, verdict) };
}

function textOf({ results, drillId, seed }: Drilled, format: DrillFormat, verdict: DrillVerdict): string {
  const summary = summarize(results);
  switch (format) {
    case 'table':
      return `${drillTables(summary)}\ndrill ${drillId}, seed ${seed}\n`;
    case 'sarif':
      return `${JSON.stringify(sarifReport(results, VERSION))}\n`;
    case 'junit':
      return junitReport(results);
    case 'metrics':
      return metricsReport(summary, Date.now());
    case 'json':
      return `${JSON.stringify({
        ok: verdict.verdict === 'met',
        drill: drillId,
        seed,
        ...verdict,
        ...summary,
        results: results.map(({ drillCase: { id }, outcome, exchange, answer }) => ({ id, outcome, exchange, answer })),
      })}\n`;
  }
}

/** Puts a report in the place of the last one, whole or not at all. @returns whether it could */
export function writeReport(path: string, text: string): boolean {
  const next = `${path}.next`;
  try {
    writeFileSync(next, text);
    renameSync(next, path);
    return true;
  } catch {
    return false;
  }
}
