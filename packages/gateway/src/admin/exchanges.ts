import { SallyportError } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { exchangeRecords, recordedExchange } from './description/shown-traffic.ts';
import { callOf } from './guard-calls.ts';
import { PAGE } from './paging.ts';
import { tenantOf } from './tenant-of.ts';

const pageQuery = z.strictObject({
  ...PAGE,
  cursor: PAGE.cursor
    .unwrap()
    .regex(/^\d{1,15}$/)
    .exactOptional(),
});

const CALLS = {
  list: {
    id: 'listExchanges',
    about: 'exchanges with their records, the newest first; who read of which is recorded',
    query: pageQuery,
    answers: pageSchema('exchanges', recordedExchange),
  },
  show: {
    id: 'showExchange',
    about: 'the records of one exchange; who read them is recorded',
    answers: exchangeRecords,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What the log says of exchanges; to operators of a tenant, of its own. Who read of which is recorded. */
export function addExchanges(api: FastifyInstance, house: Pick<OpenHouse, 'exchanges' | 'exchange'>): void {
  api.get('/api/v1/exchanges', { config: { permission: 'exchanges.read', call: CALLS.list } }, async (request) => {
    const { limit, cursor } = pageQuery.parse(request.query);
    const from = cursor === undefined ? {} : { before: Number(cursor) };
    const { exchanges, before: next } = house.exchanges({ limit, tenant: tenantOf(callOf(request).operator), ...from });
    await callOf(request).act({ targets: exchanges.map(({ exchange }) => exchange) });
    return { exchanges, ...(next !== undefined && { next: `${next}` }) };
  });
  api.get<{ Params: { id: string } }>(
    '/api/v1/exchanges/:id',
    { config: { permission: 'exchanges.read', call: CALLS.show } },
    async (request) => {
      const { id } = request.params;
      const records = house.exchange(id, tenantOf(callOf(request).operator));
      if (records.length === 0) throw new SallyportError('NOT_FOUND');
      await callOf(request).act({ targets: [id] });
      return { exchange: id, records };
    },
  );
}
