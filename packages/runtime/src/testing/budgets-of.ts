import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BudgetCounters, SallyportError } from '@sallyport/core';
import { openBudgetCounters } from '@sallyport/stores';
import { BudgetOffice } from '../budgets/budget-office.ts';
import { PriceTable } from '../budgets/price-table.ts';
import type { BudgetsConfig } from '../config/index.ts';
import { loadConfig } from '../config/index.ts';

const closers: (() => void)[] = [];

/** For `afterEach` of every file that uses `budgetsOf`. */
export function closeBudgets(): void {
  for (const close of closers.splice(0)) close();
}

export interface PlayedBudgets {
  readonly office: BudgetOffice;
  readonly errors: readonly SallyportError[];
  /** Sets the time, milliseconds since 1970. */
  setMs(nowMs: number): void;
}

export const START_MS = Date.UTC(2026, 10, 28, 12);

/**
 * Budgets of a configuration as it stands in the file under `budgets`, over counters on a clock that a test sets. Every
 * provider is of the kind `demo`, and a million of its tokens cost what its built-in price says.
 */
export function budgetsOf(budgets: unknown, counters?: BudgetCounters): PlayedBudgets {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-budgets-'));
  const config = configOf(budgets, folder);
  const errors: SallyportError[] = [];
  let nowMs = START_MS;
  const opened = openBudgetCounters(folder, { nowMs: () => nowMs, after: () => () => undefined });
  closers.push(() => {
    opened.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const office = new BudgetOffice({
    config,
    counters: counters ?? opened,
    prices: new PriceTable({ own: config.prices, currency: config.currency, kinds: new Map([['played', 'demo']]) }),
    models: new Set(['m', 'gpt-4o']),
    nowMs: () => nowMs,
    report: (error) => errors.push(error),
  });
  const setMs = (at: number) => {
    nowMs = at;
  };
  return { office, errors, setMs };
}

function configOf(budgets: unknown, cwd: string): BudgetsConfig {
  const path = join(cwd, 'budgets.yaml');
  writeFileSync(path, JSON.stringify({ budgets }));
  const loaded = loadConfig({ path, env: {}, cwd });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ path: at, message }) => `${at} ${message}`).join());
  if (loaded.config.budgets === undefined) throw new Error('no budgets');
  return loaded.config.budgets;
}
