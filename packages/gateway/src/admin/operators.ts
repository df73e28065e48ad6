import { SallyportError } from '@sallyport/core';
import { OPERATOR_ROLES, type OpenHouse, operatorKey, shownOperator } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import * as shown from './description/shown-people.ts';
import { callOf } from './guard-calls.ts';
import { CREDENTIAL_TERMS, ROTATION_BODY } from './keys.ts';
import { REASON, REASON_BODY } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

const operatorBody = z.strictObject({
  name: z.string().min(1).max(63),
  roles: z.array(z.enum(OPERATOR_ROLES)).min(1).max(OPERATOR_ROLES.length),
  ...CREDENTIAL_TERMS,
  reason: REASON,
});

interface Named {
  readonly Params: { readonly name: string };
}

const CALLS = {
  list: {
    id: 'listOperators',
    about: 'operators with tokens of the gateway, without their tokens',
    query: PAGE_QUERY,
    answers: pageSchema('operators', shown.shownOperator),
    faults: ['NOT_FOUND'],
  },
  create: {
    id: 'createOperator',
    about: 'makes an operator; the token is shown this once',
    body: operatorBody,
    answers: shown.madeOperator,
    status: 201,
    faults: ['KEY_NAME_TAKEN'],
  },
  rotate: {
    id: 'rotateOperator',
    about: 'gives an operator another token',
    body: ROTATION_BODY,
    answers: shown.rotatedOperator,
    faults: ['NOT_FOUND'],
  },
  revoke: {
    id: 'revokeOperator',
    about: 'ends an operator',
    body: REASON_BODY,
    bodyless: true,
    answers: shown.revoked,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** Operators with tokens of the gateway's. Tokens are shown once, when they are made. */
export function addOperators(api: FastifyInstance, { operators }: Pick<OpenHouse, 'operators'>): void {
  const { tokens } = operators;
  api.get('/api/v1/operators', { config: { permission: 'operators.read', call: CALLS.list } }, (request) => {
    const { items, ...more } = pageOf(tokens.list(), ({ name }) => name, PAGE_QUERY.parse(request.query));
    return { operators: items.map(shownOperator), ...more };
  });
  api.post(
    '/api/v1/operators',
    { config: { permission: 'operators.create', call: CALLS.create } },
    async (request, reply) => {
      const { name, roles, reason, ...terms } = operatorBody.parse(request.body);
      const key = operatorKey({ name, roles, terms });
      const made = await tokens.create(key, (targets) => callOf(request).act({ targets, reason }));
      const { secret: token, principal, ...said } = made;
      return reply.status(201).send({ ...said, roles: principal.groups, token });
    },
  );
  api.post<Named>(
    '/api/v1/operators/:name/rotate',
    { config: { permission: 'operators.rotate', call: CALLS.rotate } },
    async (request) => {
      const { reason, ...rotation } = ROTATION_BODY.parse(request.body);
      const tellFirst = (targets: readonly string[]) => callOf(request).act({ targets, reason });
      const rotated = await tokens.rotate(request.params.name, rotation, tellFirst);
      if (rotated === undefined) throw new SallyportError('NOT_FOUND');
      const { secret: token, ...said } = rotated;
      return { ...said, token };
    },
  );
  api.delete<Named>(
    '/api/v1/operators/:name',
    { config: { permission: 'operators.revoke', call: CALLS.revoke } },
    async (request) => {
      const { name } = request.params;
      const { reason } = REASON_BODY.parse(request.body);
      const revoked = await tokens.revoke(name, (targets) => callOf(request).act({ targets, reason }));
      if (!revoked) throw new SallyportError('NOT_FOUND');
      return { name, revoked };
    },
  );
}
