import { isFault, SallyportError } from '@sallyport/core';
import { ALERT_STATES, type Alert, type OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownAlert } from './description/shown-traffic.ts';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';
import { PAGE } from './paging.ts';
import { tenantOf } from './tenant-of.ts';

const alertsQuery = z.strictObject({
  state: z.enum(ALERT_STATES).exactOptional(),
  ...PAGE,
});
const stepBody = z.strictObject({ step: z.enum(['acknowledged', 'resolved']), ...OPERATOR_WORDS });

const CALLS = {
  list: {
    id: 'listAlerts',
    about: 'alerts, the newest first',
    query: alertsQuery,
    answers: pageSchema('alerts', shownAlert),
    faults: ['NOT_FOUND'],
  },
  show: { id: 'showAlert', about: 'one alert', answers: shownAlert, faults: ['NOT_FOUND'] },
  settle: {
    id: 'settleAlert',
    about: 'acknowledges or resolves an alert',
    body: stepBody,
    answers: shownAlert,
    faults: ['NOT_FOUND', 'ALERT_SETTLED'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What `GET /api/v1/alerts` answers. */
export interface ShownAlerts {
  readonly alerts: readonly Alert[];
  /** `cursor` of the next page; absent on the last. */
  readonly next?: string;
}

interface Identified {
  readonly Params: { readonly id: string };
}

/** What needs attention, and what operators say of it. */
export function addAlerts(api: FastifyInstance, { alerts: { office } }: Pick<OpenHouse, 'alerts'>): void {
  api.get('/api/v1/alerts', { config: { permission: 'alerts.read', call: CALLS.list } }, (request): ShownAlerts => {
    const { cursor, ...query } = alertsQuery.parse(request.query);
    const tenant = tenantOf(callOf(request).operator);
    // What a page went on from is gone: there is nothing certain behind it.
    if (cursor !== undefined && office.get(cursor, tenant) === undefined) throw new SallyportError('NOT_FOUND');
    const from = cursor === undefined ? {} : { before: cursor };
    const { alerts, before: next } = office.list({ ...query, ...from, tenant });
    return { alerts, ...(next !== undefined && { next }) };
  });
  api.get<Identified>('/api/v1/alerts/:id', { config: { permission: 'alerts.read', call: CALLS.show } }, (request) => {
    const alert = office.get(request.params.id, tenantOf(callOf(request).operator));
    if (alert === undefined) throw new SallyportError('NOT_FOUND');
    return alert;
  });
  api.post<Identified>(
    '/api/v1/alerts/:id',
    { config: { permission: 'alerts.settle', call: CALLS.settle } },
    async (request) => {
      const { step, reason, via } = stepBody.parse(request.body);
      const { operator } = callOf(request);
      const by = { id: operator.principal.id, via };
      const alert = await office.settle(request.params.id, { step, by, reason, tenant: tenantOf(operator) });
      if (isFault(alert)) throw new SallyportError(alert.fault);
      return alert;
    },
  );
}
