import { type DrillCase, drillCaseSchema } from './drill-case.ts';
import type { DrillResult } from './run-drill.ts';

/** Cases that one file can hold. */
export const SAVED_CASES_MAX = 10_000;

/** Attacks that got through and benign texts that were blocked, one JSON object a line, complete: what is wrong today is tomorrow's test. */
export function savedCases(results: readonly DrillResult[]): string {
  return results
    .filter(({ drillCase, outcome }) => outcome === (drillCase.side === 'attack' ? 'passed' : 'stopped'))
    .map(({ drillCase }) => `${JSON.stringify(drillCase)}\n`)
    .join('');
}

/** @returns the cases, or the number of the first line that is none, 1... */
export function readCases(text: string): readonly DrillCase[] | { readonly badLine: number } {
  const cases: DrillCase[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = drillCaseSchema.safeParse(jsonOf(line));
    if (!parsed.success || cases.length >= SAVED_CASES_MAX) return { badLine: at + 1 };
    cases.push(parsed.data);
  }
  return cases;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
