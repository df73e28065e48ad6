import type { BudgetUnit, TokenUse } from '@sallyport/core';
import { mostCost, type Price } from './price-table.ts';

type Tokens = Pick<TokenUse, 'inputTokens' | 'outputTokens'>;

/** What an exchange is expected to take of a limit's unit. */
export function amountOf(unit: BudgetUnit, estimate: Tokens, price: Price | undefined): number {
  if (unit === 'cost') return price === undefined ? 0 : mostCost(price, estimate);
  return tokensOf(unit, estimate) ?? 1;
}

/** What it took. Nothing is under way any more. */
export function settledAmount(unit: BudgetUnit, used: TokenUse, cost = 0): number {
  if (unit === 'cost') return cost;
  return tokensOf(unit, used) ?? (unit === 'concurrent' ? 0 : 1);
}

function tokensOf(unit: BudgetUnit, { inputTokens, outputTokens }: Tokens): number | undefined {
  switch (unit) {
    case 'input-tokens':
      return inputTokens;
    case 'output-tokens':
      return outputTokens;
    case 'tokens':
      return inputTokens + outputTokens;
    default:
      return undefined;
  }
}
