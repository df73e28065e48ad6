import type { BudgetClaim, NoRoom, TakenClaims } from '@sallyport/core';

export function claim(more: Partial<BudgetClaim> = {}): BudgetClaim {
  return { key: 'k', window: 'day', max: 10, hard: true, amount: 1, ...more };
}

export function taken(outcome: TakenClaims | NoRoom): TakenClaims {
  if ('full' in outcome) throw new Error('there was no room');
  return outcome;
}
