import { isFault, SallyportError } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { callOf } from './guard-calls.ts';
import { REASON_BODY } from './operator-words.ts';

/** What operators see of what lets the gateway in at MCP servers, and take back; never a token. */
export function addAuthorizations(api: FastifyInstance, { authorizations }: OpenHouse): void {
  const { register } = authorizations;
  api.get('/api/v1/authorizations', { config: { permission: 'authorizations.read' } }, () => ({
    authorizations: register.list(),
  }));
  api.delete<{ Params: { readonly id: string } }>(
    '/api/v1/authorizations/:id',
    { config: { permission: 'authorizations.revoke' } },
    async (request) => {
      const { reason } = REASON_BODY.parse(request.body);
      const by = { id: callOf(request).operator.principal.id, via: 'admin-api' } as const;
      const revoked = await register.revoke(request.params.id, { by, reason });
      if (isFault(revoked)) throw new SallyportError(revoked.fault);
      return revoked;
    },
  );
}
