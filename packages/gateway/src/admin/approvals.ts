import { isFault, SallyportError, type StoredApproval } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';
import { shownApproval } from './shown-approval.ts';
import { ShownBefore } from './shown-before.ts';

const verdictBody = z.strictObject({ granted: z.boolean(), ...OPERATOR_WORDS });

interface Identified {
  readonly Params: { readonly id: string };
}

/** Calls that wait for a person. What they would do is content: who was shown which of them is recorded, once each. */
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
  api.get('/api/v1/approvals', { config: { permission: 'approvals.read' } }, async (request) => ({
    approvals: await show(request, approvals.list()),
  }));
  api.get<Identified>('/api/v1/approvals/:id', { config: { permission: 'approvals.read' } }, async (request) => {
    const approval = approvals.get(request.params.id);
    if (approval === undefined) throw new SallyportError('NOT_FOUND');
    return (await show(request, [approval]))[0];
  });
  api.post<Identified>('/api/v1/approvals/:id', { config: { permission: 'approvals.decide' } }, async (request) => {
    const verdict = verdictBody.parse(request.body);
    const { principal: by } = callOf(request).operator;
    // A browser says with every such request which page it comes from, and only ours gets this far.
    const via = request.headers.origin === undefined ? verdict.via : 'page';
    const decided = await approvals.decide(request.params.id, { ...verdict, by, via });
    if (isFault(decided)) throw new SallyportError(decided.fault);
    return shownApproval(decided);
  });
}
