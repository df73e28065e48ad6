import { GRANTABLE, SUBJECT_KINDS } from '@sallyport/core';
import { OPERATOR_ROLES, scopeSchema } from '@sallyport/runtime';
import { z } from 'zod';
import { strings, time } from './call-about.ts';

const actedFor = z.object({ id: z.string(), tenant: z.string(), groups: strings });
export const principal = z.object({
  kind: z.enum(['user', 'service', 'agent']),
  id: z.string(),
  tenant: z.string(),
  groups: strings,
  onBehalfOf: actedFor.exactOptional(),
  scope: scopeSchema.exactOptional(),
});

/** Of a gateway key, and of an operator's token. */
const credential = {
  name: z.string(),
  createdAt: time,
  expiresAt: time.exactOptional(),
  certificate: z.string().exactOptional().describe('SHA-256 of the client certificate that it is bound to, base64url'),
  rotatedAt: time.exactOptional(),
  previousUntil: time.exactOptional().describe('until when the secret that it had before works'),
  lastUsed: time.exactOptional().describe('to the minute'),
  revokedAt: time.exactOptional(),
};
const roles = z.array(z.enum(OPERATOR_ROLES));

export const shownKey = z.object({ ...credential, principal, scope: scopeSchema.exactOptional() });
const terms = { expiresAt: time.exactOptional(), certificate: z.string().exactOptional() };
export const madeKey = z.object({
  name: z.string(),
  secret: z.string().describe('shown this once'),
  principal,
  scope: scopeSchema.exactOptional(),
  ...terms,
});
export const rotatedKey = z.object({ name: z.string(), secret: z.string(), previousUntil: time });
export const revoked = z.object({ name: z.string(), revoked: z.literal(true) });
export const shownOperator = z.object({ ...credential, roles });
export const madeOperator = z.object({
  name: z.string(),
  roles,
  token: z.string().describe('shown this once'),
  ...terms,
});
export const rotatedOperator = z.object({ name: z.string(), token: z.string(), previousUntil: time });

export const shownGrant = z.object({
  id: z.string(),
  who: z.string(),
  tenant: z.string(),
  actions: z.array(z.enum(GRANTABLE)),
  resource: z.object({
    kind: z.enum(['model', 'tool', 'data-source']),
    id: z.string().exactOptional(),
    group: z.string().exactOptional(),
  }),
  from: time,
  until: time,
  reason: z.string(),
  requestedBy: z.string(),
  approvedBy: z.string(),
  revokedAt: time.exactOptional(),
  revokedBy: z.string().exactOptional(),
  expired: z.boolean().exactOptional(),
});
export const entity = z.record(z.string(), z.unknown()).describe('an entry of its section, with its defaults');
export const accessReport = z.object({
  entities: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .describe('by section of the configuration, by name'),
  registry: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .describe('what an operator vouches for about a provider, by name'),
  problems: z.array(z.object({ message: z.string() }).loose()).describe('what is wrong with a newer file of entities'),
});

export const subject = z.object({ kind: z.enum(SUBJECT_KINDS), id: z.string().describe('keyed hash of its name') });
