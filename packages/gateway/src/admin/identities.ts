import { type IdentityRecord, isFault, SallyportError } from '@sallyport/core';
import type { OpenHouse, ShownIdentity } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';

/** What `GET /api/v1/identity` answers: how one model stands, and how it came to that, oldest first. */
export interface ShownTimeline {
  readonly identity: ShownIdentity;
  readonly timeline: readonly IdentityRecord[];
}

const named = { provider: z.string().min(1).max(256), model: z.string().min(1).max(256) };
const nameQuery = z.strictObject(named);
const approvalBody = z.strictObject({ ...named, ...OPERATOR_WORDS });

/** Whether the models of providers are still those that were approved, and where operators approve them. */
export function addIdentities(api: FastifyInstance, { identities }: Pick<OpenHouse, 'identities'>): void {
  api.get('/api/v1/identities', { config: { permission: 'identities.read' } }, () => ({
    identities: identities.list(),
  }));
  api.get('/api/v1/identity', { config: { permission: 'identities.read' } }, (request): ShownTimeline => {
    const shown = identities.show(nameQuery.parse(request.query));
    if (isFault(shown)) throw new SallyportError(shown.fault);
    return shown;
  });
  api.post('/api/v1/identity', { config: { permission: 'identities.approve' } }, async (request) => {
    const { reason, via, ...name } = approvalBody.parse(request.body);
    const identity = await identities.approve(name, { by: callOf(request).operator.principal.id, via, reason });
    if (isFault(identity)) throw new SallyportError(identity.fault);
    return identity;
  });
}
