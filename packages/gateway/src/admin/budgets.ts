import type { BudgetOffice, ShownBudget } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CallAbout } from './description/call-about.ts';
import { shownBudget } from './description/shown-house.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

/** What `GET /api/v1/budgets` answers; without budgets in the configuration a list of none. */
export interface ShownBudgets {
  /** Of every cost; absent where nothing is counted. */
  readonly currency?: string;
  /** The nearest to its end first, 1,000 at most. */
  readonly budgets: readonly ShownBudget[];
  /** `cursor` of the next page; absent on the last. */
  readonly next?: string;
}

const LIST: CallAbout = {
  id: 'listBudgets',
  about:
    'how every limit stands, the nearest to its end first: what moves between two pages can be on both, or on none',
  query: PAGE_QUERY,
  answers: z.object({
    currency: z.string().exactOptional().describe('of every cost; absent where nothing is counted'),
    budgets: z.array(shownBudget),
    next: z.string().exactOptional(),
  }),
  faults: ['NOT_FOUND'],
};

function nameOf({ limit, per, of }: ShownBudget): string {
  return JSON.stringify([limit, per, of]);
}

export function addBudgets(api: FastifyInstance, office: BudgetOffice | undefined): void {
  api.get('/api/v1/budgets', { config: { permission: 'budgets.read', call: LIST } }, (request): ShownBudgets => {
    const query = PAGE_QUERY.parse(request.query);
    if (office === undefined) return { budgets: [] };
    const { items, ...more } = pageOf(office.list(), nameOf, query);
    return { currency: office.currency, budgets: items, ...more };
  });
}
