import { isFault, SallyportError, type StoredApproval } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownApproval as shown } from './description/shown-house.ts';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';
import { shownApproval } from './shown-approval.ts';
import { ShownBefore } from './shown-before.ts';
import { isOf, tenantOf } from './tenant-of.ts';

const verdictBody = z.strictObject({ granted: z.boolean(), ...OPERATOR_WORDS });

const CALLS = {
  list: {
    id: 'listApprovals',
    about: 'calls that wait for a person, and those that were decided lately, with their arguments',
    query: PAGE_QUERY,
    answers: pageSchema('approvals', shown),
    faults: ['NOT_FOUND'],
  },
  show: { id: 'showApproval', about: 'one call that waits for a person', answers: shown, faults: ['NOT_FOUND'] },
  decide: {
    id: 'decideApproval',
    about: 'yes or no to a call',
    body: verdictBody,
    answers: shown,
    faults: ['NOT_FOUND', 'APPROVAL_DECIDED'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

interface Identified {
  readonly Params: { readonly id: string };
}

/**
 * Calls that wait for a person; to operators of a tenant, its own. What they would do is content: who was shown which of them is recorded,
 * once each.
 */
export function addApprovals(api: FastifyInstance, { approvals }: Pick<OpenHouse, 'approvals'>): void {
  const before = new ShownBefore();
  const show = async (request: FastifyRequest, all: readonly StoredApproval[]) => {
    const call = callOf(request);
    const fresh = before.fresh(
      call.operator,
      all.map(({ id }) => id),
    );
    if (fresh.length > 0) await call.act({ targets: fresh });
    before.show(call.operator, fresh);
    return all.map(shownApproval);
  };
  api.get('/api/v1/approvals', { config: { permission: 'approvals.read', call: CALLS.list } }, async (request) => {
    const tenant = tenantOf(callOf(request).operator);
    const own = approvals.list().filter(({ principal }) => isOf(principal.tenant, tenant));
    const { items, ...more } = pageOf(own, ({ id }) => id, PAGE_QUERY.parse(request.query));
    return { approvals: await show(request, items), ...more };
  });
  api.get<Identified>(
    '/api/v1/approvals/:id',
    { config: { permission: 'approvals.read', call: CALLS.show } },
    async (request) => (await show(request, [approvalFor(request, approvals)]))[0],
  );
  api.post<Identified>(
    '/api/v1/approvals/:id',
    { config: { permission: 'approvals.decide', call: CALLS.decide } },
    async (request) => {
      const verdict = verdictBody.parse(request.body);
      const { principal: by } = callOf(request).operator;
      // A browser says with every such request which page it comes from, and only ours gets this far.
      const via = request.headers.origin === undefined ? verdict.via : 'page';
      const { id } = approvalFor(request, approvals);
      const decided = await approvals.decide(id, { ...verdict, by, via });
      if (isFault(decided)) throw new SallyportError(decided.fault);
      return shownApproval(decided);
    },
  );
}

/** @throws {SallyportError} `NOT_FOUND` also where it is another tenant's */
function approvalFor(request: FastifyRequest<Identified>, approvals: OpenHouse['approvals']): StoredApproval {
  const approval = approvals.get(request.params.id);
  if (approval === undefined || !isOf(approval.principal.tenant, tenantOf(callOf(request).operator)))
    throw new SallyportError('NOT_FOUND');
  return approval;
}
