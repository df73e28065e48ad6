import { CONTAINED_KINDS, CONTAINMENT_ACTIONS, isFault, SallyportError } from '@sallyport/core';
import {
  CONTAINED_MAX_MS,
  CONTAINED_MIN_MS,
  CONTAINED_NAME_MAX_CHARS,
  type OpenHouse,
  PER_MINUTE_MAX,
  REASON_MAX_CHARS,
} from '@sallyport/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownContainment } from './description/shown-traffic.ts';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS, REASON_BODY } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';
import { isOf, tenantOf } from './tenant-of.ts';

const containmentBody = z.strictObject({
  action: z.enum(CONTAINMENT_ACTIONS),
  of: z.strictObject({
    kind: z.enum(CONTAINED_KINDS),
    name: z.string().min(1).max(CONTAINED_NAME_MAX_CHARS),
    tenant: z.string().min(1).max(256).exactOptional(),
  }),
  forMs: z.int().min(CONTAINED_MIN_MS).max(CONTAINED_MAX_MS),
  perMinute: z.int().min(1).max(PER_MINUTE_MAX).exactOptional(),
  reason: z.string().min(1).max(REASON_MAX_CHARS),
  via: OPERATOR_WORDS.via,
});

const CALLS = {
  list: {
    id: 'listContainments',
    about: 'who and what is held back now, the newest first',
    query: PAGE_QUERY,
    answers: pageSchema('containments', shownContainment),
    faults: ['NOT_FOUND'],
  },
  begin: {
    id: 'beginContainment',
    about: 'holds somebody or something back for a time',
    body: containmentBody,
    answers: shownContainment,
    status: 201,
    faults: ['NOT_FOUND', 'OVERLOADED'],
  },
  release: {
    id: 'endContainment',
    about: 'lets somebody or something go',
    body: REASON_BODY,
    bodyless: true,
    answers: shownContainment,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** Who and what is held back for a time. */
export function addContainments(api: FastifyInstance, { containments }: Pick<OpenHouse, 'containments'>): void {
  api.get('/api/v1/containments', { config: { permission: 'containments.read', call: CALLS.list } }, (request) => {
    const tenant = tenantOf(callOf(request).operator);
    const all = containments.list().filter(({ of }) => isOf(of.tenant, tenant));
    const { items, ...more } = pageOf(all, ({ id }) => id, PAGE_QUERY.parse(request.query));
    return { containments: items, ...more };
  });
  api.post(
    '/api/v1/containments',
    { config: { permission: 'containments.change', call: CALLS.begin } },
    async (request, reply) => {
      const { via, ...wanted } = containmentBody.parse(request.body);
      const tenant = tenantOf(callOf(request).operator);
      if (!isOf(wanted.of.tenant ?? tenant, tenant)) throw new SallyportError('NOT_FOUND');
      // Who is of one tenant holds back within it.
      const whole = { ...wanted, of: { ...wanted.of, ...(tenant !== undefined && { tenant }) } };
      return reply.status(201).send(taken(await containments.contain(whole, operatorOf(request, via))));
    },
  );
  api.delete<{ Params: { id: string } }>(
    '/api/v1/containments/:id',
    { config: { permission: 'containments.change', call: CALLS.release } },
    async (request) => {
      const { reason } = REASON_BODY.parse(request.body);
      const known = containments.book.get(request.params.id);
      if (!isOf(known?.of.tenant, tenantOf(callOf(request).operator))) throw new SallyportError('NOT_FOUND');
      return taken(await containments.release(request.params.id, reason, operatorOf(request, 'admin-api')));
    },
  );
}

function operatorOf(request: FastifyRequest, via: 'terminal' | 'admin-api') {
  return { id: callOf(request).operator.principal.id, via };
}

function taken(answer: object): object {
  if (isFault(answer)) throw new SallyportError(answer.fault);
  return answer;
}
