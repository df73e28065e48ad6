import { SallyportError } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callOf } from './guard-calls.ts';

/** Longest page of exchanges that is answered. */
export const EXCHANGES_PAGE_MAX = 200;

const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(EXCHANGES_PAGE_MAX).default(50),
  before: z.coerce.number().int().min(0).optional(),
});

/** What the log says of exchanges. Who read of which is recorded. */
export function addExchanges(api: FastifyInstance, house: Pick<OpenHouse, 'exchanges' | 'exchange'>): void {
  api.get('/api/v1/exchanges', { config: { permission: 'exchanges.read' } }, async (request) => {
    const page = house.exchanges(pageQuery.parse(request.query));
    await callOf(request).act({ targets: page.exchanges.map(({ exchange }) => exchange) });
    return page;
  });
  api.get<{ Params: { id: string } }>(
    '/api/v1/exchanges/:id',
    { config: { permission: 'exchanges.read' } },
    async (request) => {
      const { id } = request.params;
      const records = house.exchange(id);
      if (records.length === 0) throw new SallyportError('NOT_FOUND');
      await callOf(request).act({ targets: [id] });
      return { exchange: id, records };
    },
  );
}
