import { GRANTABLE, isFault, SallyportError } from '@sallyport/core';
import { type OpenHouse, REASON_MAX_CHARS } from '@sallyport/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import * as shown from './description/shown-people.ts';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS, REASON_BODY } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

const time = z.iso.datetime({ offset: true });
const name = z.string().min(1).max(256);
const who = z.string().regex(/^(?:user|service|agent|group)\/[!-~](?:[ -~]{0,126}[!-~])?$/);

const grantBody = z.strictObject({
  who,
  tenant: z.string().min(1).max(63).default('default'),
  actions: z.array(z.enum(GRANTABLE)).min(1).max(GRANTABLE.length),
  resource: z.strictObject({
    kind: z.enum(['model', 'tool', 'data-source']),
    id: name.exactOptional(),
    group: name.exactOptional(),
  }),
  from: time.exactOptional(),
  until: time,
  reason: z.string().min(1).max(REASON_MAX_CHARS),
  requestedBy: z.string().min(1).max(128),
  via: OPERATOR_WORDS.via,
});
const stepBody = z.strictObject({ step: z.literal('revoked'), ...OPERATOR_WORDS });
const entityBody = z.strictObject({ value: z.unknown(), ...OPERATOR_WORDS });

const CALLS = {
  report: { id: 'showAccess', about: 'who is who and what is what, as it is in force', answers: shown.accessReport },
  put: {
    id: 'putEntity',
    about: 'says who or what somebody or something is, beside what the files say',
    body: entityBody,
    answers: shown.entity,
    faults: ['NOT_FOUND'],
  },
  remove: {
    id: 'removeEntity',
    about: 'takes back what was said of somebody or something here',
    body: REASON_BODY,
    bodyless: true,
    answers: shown.entity,
    faults: ['NOT_FOUND'],
  },
  grants: {
    id: 'listGrants',
    about: 'grants, those that are over too',
    query: PAGE_QUERY,
    answers: pageSchema('grants', shown.shownGrant),
    faults: ['NOT_FOUND'],
  },
  give: {
    id: 'giveGrant',
    about: 'gives access for a time',
    body: grantBody,
    answers: shown.shownGrant,
    status: 201,
  },
  revoke: {
    id: 'revokeGrant',
    about: 'takes a grant back',
    body: stepBody,
    answers: shown.shownGrant,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

interface Entry {
  readonly Params: { readonly section: string; readonly name: string };
}

/** What operators may see and say of who may do what. */
export function addAccess(api: FastifyInstance, { access }: Pick<OpenHouse, 'access'>): void {
  const entity = '/api/v1/access/entities/:section/:name';
  api.get('/api/v1/access', { config: { permission: 'access.read', call: CALLS.report } }, () => access.report());
  api.put<Entry>(entity, { config: { permission: 'entities.change', call: CALLS.put } }, async (request) => {
    const { value, reason, via } = entityBody.parse(request.body);
    return taken(await access.put(request.params, value, { by: operatorOf(request, via), reason }));
  });
  api.delete<Entry>(entity, { config: { permission: 'entities.change', call: CALLS.remove } }, async (request) => {
    const { reason } = REASON_BODY.parse(request.body);
    return taken(await access.remove(request.params, { by: operatorOf(request, 'admin-api'), reason }));
  });
  api.get('/api/v1/access/grants', { config: { permission: 'access.read', call: CALLS.grants } }, (request) => {
    const { items, ...more } = pageOf(access.grants.list(), ({ id }) => id, PAGE_QUERY.parse(request.query));
    return { grants: items, ...more };
  });
  api.post(
    '/api/v1/access/grants',
    { config: { permission: 'grants.give', call: CALLS.give } },
    async (request, reply) => {
      const { via, ...wanted } = grantBody.parse(request.body);
      return reply.status(201).send(taken(await access.grants.grant(wanted, operatorOf(request, via))));
    },
  );
  api.post<{ Params: { id: string } }>(
    '/api/v1/access/grants/:id',
    { config: { permission: 'grants.revoke', call: CALLS.revoke } },
    async (request) => {
      const { reason, via } = stepBody.parse(request.body);
      return taken(await access.grants.revoke(request.params.id, reason, operatorOf(request, via)));
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
