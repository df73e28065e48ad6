import { isFault, SallyportError } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownAuthorization } from './description/shown-house.ts';
import { callOf } from './guard-calls.ts';
import { REASON_BODY } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

const CALLS = {
  list: {
    id: 'listAuthorizations',
    about: 'what lets the gateway in at MCP servers, without tokens',
    query: PAGE_QUERY,
    answers: pageSchema('authorizations', shownAuthorization),
    faults: ['NOT_FOUND'],
  },
  revoke: {
    id: 'revokeAuthorization',
    about: 'takes back what lets the gateway in at an MCP server',
    body: REASON_BODY,
    bodyless: true,
    answers: shownAuthorization,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What operators see of what lets the gateway in at MCP servers, and take back; never a token. */
export function addAuthorizations(api: FastifyInstance, { authorizations }: OpenHouse): void {
  const { register } = authorizations;
  api.get('/api/v1/authorizations', { config: { permission: 'authorizations.read', call: CALLS.list } }, (request) => {
    const { items, ...more } = pageOf(register.list(), ({ id }) => id, PAGE_QUERY.parse(request.query));
    return { authorizations: items, ...more };
  });
  api.delete<{ Params: { readonly id: string } }>(
    '/api/v1/authorizations/:id',
    { config: { permission: 'authorizations.revoke', call: CALLS.revoke } },
    async (request) => {
      const { reason } = REASON_BODY.parse(request.body);
      const by = { id: callOf(request).operator.principal.id, via: 'admin-api' } as const;
      const revoked = await register.revoke(request.params.id, { by, reason });
      if (isFault(revoked)) throw new SallyportError(revoked.fault);
      return revoked;
    },
  );
}
