import type { BudgetOffice, ShownBudget } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';

/** What `GET /api/v1/budgets` answers; without budgets in the configuration a list of none. */
export interface ShownBudgets {
  /** Of every cost; absent where nothing is counted. */
  readonly currency?: string;
  /** The nearest to its end first, 1,000 at most. */
  readonly budgets: readonly ShownBudget[];
}

export function addBudgets(api: FastifyInstance, office: BudgetOffice | undefined): void {
  api.get('/api/v1/budgets', { config: { permission: 'budgets.read' } }, (): ShownBudgets => {
    return office === undefined ? { budgets: [] } : { currency: office.currency, budgets: office.list() };
  });
}
