import type { BudgetWindow } from './budget-counters.ts';

/** What a limit may count. Costs are whole millionths of the configured currency. `concurrent`: exchanges under way. */
export const LIMIT_UNITS = [
  'requests',
  'input-tokens',
  'output-tokens',
  'tokens',
  'cost',
  'concurrent',
  'tool-calls',
] as const;
/** The same, and what is counted in a session alone: calls of one tool with the same arguments. */
export const BUDGET_UNITS = [...LIMIT_UNITS, 'repeated-calls'] as const;
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
