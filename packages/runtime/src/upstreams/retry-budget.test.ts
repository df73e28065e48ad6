import { describe, expect, it } from 'vitest';
import { BUDGET_FLOOR, BUDGET_WINDOW_MS, RetryBudget } from './retry-budget.ts';

function budget(percent: number) {
  const state = { nowMs: 0 };
  const made = new RetryBudget(percent, () => state.nowMs);
  /** Retries that pass until one doesn't. */
  const spendAll = () => {
    let spent = 0;
    while (made.allows()) {
      made.spend();
      spent += 1;
    }
    return spent;
  };
  return { state, made, spendAll };
}

describe('RetryBudget', () => {
  it('allows `BUDGET_FLOOR` without any exchange, and not one more', () => {
    expect(budget(20).spendAll()).toBe(BUDGET_FLOOR);
    expect(budget(0).spendAll()).toBe(BUDGET_FLOOR);
  });

  it('allows the share of the recent exchanges on top', () => {
    const { made, spendAll } = budget(20);
    for (let count = 0; count < 100; count += 1) made.exchange();
    expect(spendAll()).toBe(BUDGET_FLOOR + 20);
  });

  it('forgets exchanges and retries after `BUDGET_WINDOW_MS`, and not before', () => {
    const { state, made, spendAll } = budget(100);
    for (let count = 0; count < 10; count += 1) made.exchange();
    expect(spendAll()).toBe(13);
    state.nowMs = BUDGET_WINDOW_MS - 1;
    expect(made.allows()).toBe(false);
    state.nowMs = BUDGET_WINDOW_MS;
    expect(spendAll()).toBe(BUDGET_FLOOR);
    state.nowMs = 50 * BUDGET_WINDOW_MS;
    expect(spendAll()).toBe(BUDGET_FLOOR);
  });
});
