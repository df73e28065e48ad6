import type { BudgetWindow } from './budget-counters.ts';

/**
 * What a limit counts. Costs are whole millionths of the configured currency. `concurrent`: exchanges under way.
 * `repeated-calls`: calls of one tool with the same arguments.
 */
export const BUDGET_UNITS = [
  'requests',
  'input-tokens',
  'output-tokens',
  'tokens',
  'cost',
  'concurrent',
  'tool-calls',
  'repeated-calls',
] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** How a hard limit stands, for the client. */
export interface BudgetStanding {
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  readonly max: number;
  /** 0..max. */
  readonly remaining: number;
  readonly resetsAtMs: number;
  readonly resetsInMs: number;
}

/** What stands in headers of a client whose protocol has none of its own for limits: some of those that apply, one for each unit. */
export type RateHeaders = (standings: ReadonlyMap<BudgetUnit, BudgetStanding>) => Readonly<Record<string, string>>;
