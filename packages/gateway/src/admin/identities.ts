import { type IdentityRecord, isFault, SallyportError } from '@sallyport/core';
import type { OpenHouse, ShownIdentity } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownIdentity, shownTimeline } from './description/shown-traffic.ts';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

/** What `GET /api/v1/identity` answers: how one model stands, and how it came to that, oldest first. */
export interface ShownTimeline {
  readonly identity: ShownIdentity;
  readonly timeline: readonly IdentityRecord[];
}

const named = { provider: z.string().min(1).max(256), model: z.string().min(1).max(256) };
const nameQuery = z.strictObject(named);
const approvalBody = z.strictObject({ ...named, ...OPERATOR_WORDS });

const CALLS = {
  list: {
    id: 'listIdentities',
    about: 'whether models are still those that were approved',
    query: PAGE_QUERY,
    answers: pageSchema('identities', shownIdentity),
    faults: ['NOT_FOUND'],
  },
  show: {
    id: 'showIdentity',
    about: 'how one model stands, and how it came to that',
    query: nameQuery,
    answers: shownTimeline,
    faults: ['NOT_FOUND'],
  },
  approve: {
    id: 'approveIdentity',
    about: 'takes a model for what it is now',
    body: approvalBody,
    answers: shownIdentity,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

function nameOf({ provider, model }: ShownIdentity): string {
  return JSON.stringify([provider, model]);
}

/** Whether the models of providers are still those that were approved, and where operators approve them. */
export function addIdentities(api: FastifyInstance, { identities }: Pick<OpenHouse, 'identities'>): void {
  api.get('/api/v1/identities', { config: { permission: 'identities.read', call: CALLS.list } }, (request) => {
    const { items, ...more } = pageOf(identities.list(), nameOf, PAGE_QUERY.parse(request.query));
    return { identities: items, ...more };
  });
  api.get(
    '/api/v1/identity',
    { config: { permission: 'identities.read', call: CALLS.show } },
    (request): ShownTimeline => {
      const shown = identities.show(nameQuery.parse(request.query));
      if (isFault(shown)) throw new SallyportError(shown.fault);
      return shown;
    },
  );
  api.post(
    '/api/v1/identity',
    { config: { permission: 'identities.approve', call: CALLS.approve } },
    async (request) => {
      const { reason, via, ...name } = approvalBody.parse(request.body);
      const identity = await identities.approve(name, { by: callOf(request).operator.principal.id, via, reason });
      if (isFault(identity)) throw new SallyportError(identity.fault);
      return identity;
    },
  );
}
