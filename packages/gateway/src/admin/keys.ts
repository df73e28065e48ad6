import { SallyportError } from '@sallyport/core';
import { type OpenHouse, OVERLAP_MAX_MS, scopeSchema } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { madeKey, revoked, rotatedKey, shownKey } from './description/shown-people.ts';
import { callOf } from './guard-calls.ts';
import { REASON, REASON_BODY } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

/** What a new credential, or the new secret of one, may be told beside its name. */
export const CREDENTIAL_TERMS = {
  expiresAt: z.iso.datetime({ offset: true }).exactOptional(),
  /** SHA-256 of a client certificate, base64url. */
  certificate: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .exactOptional(),
};
export const ROTATION_BODY = z.strictObject({
  /** How long the old secret works beside the new one. */
  overlapMs: z.number().int().min(0).max(OVERLAP_MAX_MS),
  expiresAt: CREDENTIAL_TERMS.expiresAt,
  reason: REASON,
});

const keyBody = z.strictObject({
  name: z.string().min(1).max(63),
  tenant: z.string().min(1).max(63).default('default'),
  groups: z.array(z.string().min(1).max(63)).max(64).default([]),
  kind: z.enum(['user', 'service', 'agent']).default('service'),
  scope: scopeSchema.exactOptional(),
  ...CREDENTIAL_TERMS,
  reason: REASON,
});

interface Named {
  readonly Params: { readonly name: string };
}

const CALLS = {
  list: {
    id: 'listKeys',
    about: 'gateway keys, revoked ones too, without their secrets',
    query: PAGE_QUERY,
    answers: pageSchema('keys', shownKey),
    faults: ['NOT_FOUND'],
  },
  create: {
    id: 'createKey',
    about: 'makes a gateway key; its secret is shown this once',
    body: keyBody,
    answers: madeKey,
    status: 201,
    faults: ['KEY_NAME_TAKEN'],
  },
  rotate: {
    id: 'rotateKey',
    about: 'gives a gateway key another secret',
    body: ROTATION_BODY,
    answers: rotatedKey,
    faults: ['NOT_FOUND'],
  },
  revoke: {
    id: 'revokeKey',
    about: 'ends a gateway key',
    body: REASON_BODY,
    bodyless: true,
    answers: revoked,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** Gateway keys. Whatever changes one is recorded before it is changed. */
export function addKeys(api: FastifyInstance, { keys }: Pick<OpenHouse, 'keys'>): void {
  api.get('/api/v1/keys', { config: { permission: 'keys.read', call: CALLS.list } }, (request) => {
    const { items, ...more } = pageOf(keys.list(), ({ name }) => name, PAGE_QUERY.parse(request.query));
    return { keys: items, ...more };
  });
  api.post('/api/v1/keys', { config: { permission: 'keys.create', call: CALLS.create } }, async (request, reply) => {
    const { name, kind, tenant, groups, reason, ...terms } = keyBody.parse(request.body);
    const key = { name, kind, tenant, groups, terms };
    return reply.status(201).send(await keys.create(key, (targets) => callOf(request).act({ targets, reason })));
  });
  api.post<Named>(
    '/api/v1/keys/:name/rotate',
    { config: { permission: 'keys.rotate', call: CALLS.rotate } },
    async (request) => {
      const { reason, ...rotation } = ROTATION_BODY.parse(request.body);
      const tellFirst = (targets: readonly string[]) => callOf(request).act({ targets, reason });
      const rotated = await keys.rotate(request.params.name, rotation, tellFirst);
      if (rotated === undefined) throw new SallyportError('NOT_FOUND');
      return rotated;
    },
  );
  api.delete<Named>(
    '/api/v1/keys/:name',
    { config: { permission: 'keys.revoke', call: CALLS.revoke } },
    async (request) => {
      const { name } = request.params;
      const { reason } = REASON_BODY.parse(request.body);
      const isRevoked = await keys.revoke(name, (targets) => callOf(request).act({ targets, reason }));
      if (!isRevoked) throw new SallyportError('NOT_FOUND');
      return { name, revoked: true };
    },
  );
}
