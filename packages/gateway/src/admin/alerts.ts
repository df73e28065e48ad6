import { isFault, SallyportError } from '@sallyport/core';
import { ALERT_STATES, ALERTS_LISTED_MAX, type OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';
import { tenantOf } from './tenant-of.ts';

const alertsQuery = z.strictObject({
  state: z.enum(ALERT_STATES).exactOptional(),
  before: z.string().max(64).exactOptional(),
  limit: z.coerce.number().int().min(1).max(ALERTS_LISTED_MAX).default(50),
});
const stepBody = z.strictObject({ step: z.enum(['acknowledged', 'resolved']), ...OPERATOR_WORDS });

interface Identified {
  readonly Params: { readonly id: string };
}

/** What needs attention, and what operators say of it. */
export function addAlerts(api: FastifyInstance, { alerts: { office } }: Pick<OpenHouse, 'alerts'>): void {
  api.get('/api/v1/alerts', { config: { permission: 'alerts.read' } }, (request) => {
    const query = alertsQuery.parse(request.query);
    return office.list({ ...query, tenant: tenantOf(callOf(request).operator) });
  });
  api.get<Identified>('/api/v1/alerts/:id', { config: { permission: 'alerts.read' } }, (request) => {
    const alert = office.get(request.params.id, tenantOf(callOf(request).operator));
    if (alert === undefined) throw new SallyportError('NOT_FOUND');
    return alert;
  });
  api.post<Identified>('/api/v1/alerts/:id', { config: { permission: 'alerts.settle' } }, async (request) => {
    const { step, reason, via } = stepBody.parse(request.body);
    const { operator } = callOf(request);
    const by = { id: operator.principal.id, via };
    const alert = await office.settle(request.params.id, { step, by, reason, tenant: tenantOf(operator) });
    if (isFault(alert)) throw new SallyportError(alert.fault);
    return alert;
  });
}
