import { SallyportError } from '@sallyport/core';
import { openBudgetCounters } from '@sallyport/stores';
import { type Config, namedModels } from '../config/index.ts';
import { BudgetOffice } from './budget-office.ts';
import { PriceTable } from './price-table.ts';

/** The budgets of a data folder, and how they are closed. */
export interface BudgetRoom {
  readonly office: BudgetOffice;
  close(): void;
}

export interface BudgetRoomParts {
  readonly nowMs: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly report: (error: SallyportError) => void;
}

/** Errors are told no more often than this, however many exchanges run into them. */
const TOLD_EVERY_MS = 10_000;

/** @throws {SallyportError} `STORE_BROKEN` */
export function openBudgets(config: Config, { nowMs, after, report }: BudgetRoomParts): BudgetRoom | undefined {
  const { budgets, providers, data } = config;
  if (budgets === undefined) return undefined;
  let toldMs = Number.NEGATIVE_INFINITY;
  const tell = (error: SallyportError) => {
    if (nowMs() - toldMs < TOLD_EVERY_MS) return;
    toldMs = nowMs();
    report(new SallyportError('BUDGETS_FAILED', { cause: error, detail: error.detail ?? error.code }));
  };
  const counters = openBudgetCounters(data, { nowMs, after, onFailed: tell });
  const kinds = new Map(Object.values(providers).map(({ name, kind }) => [name, kind]));
  const prices = new PriceTable({ own: budgets.prices, currency: budgets.currency, kinds });
  const models = new Set(namedModels(config));
  const office = new BudgetOffice({ config: budgets, counters, prices, models, nowMs, report: tell });
  return { office, close: () => counters.close() };
}
