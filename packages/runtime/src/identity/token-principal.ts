import type { ActedFor, Fault, Principal } from '@sallyport/core';
import type { IssuerConfig } from '../config/index.ts';
import { type Claims, claimAt } from './claim-at.ts';

/** Who a token stands for; `user`: whom that one acts for (RFC 8693, section 4.1). */
export interface TokenSubject {
  readonly principal: Principal;
  readonly user?: ActedFor;
}

const INVALID: Fault = { fault: 'TOKEN_INVALID' };
/** What may be an id, a tenant or a group: no space, nothing invisible. Records and policies hold it. */
const WORD = /^[^\p{C}\p{Z}]{1,256}$/u;
/** Groups of one principal; of more it is not known which ones matter. */
export const GROUPS_MAX = 256;

type Mapping = Pick<IssuerConfig, 'claims' | 'kind' | 'kinds' | 'tenant' | 'prefix' | 'scope'>;

/** Reads who a verified token stands for. What configuration asks for and the token lacks refuses it. */
export function tokenSubject(claims: Claims, mapping: Mapping): TokenSubject | Fault {
  const { prefix, scope } = mapping;
  const id = wordAt(claims, mapping.claims.id);
  const tenant = mapping.claims.tenant === undefined ? mapping.tenant : wordAt(claims, mapping.claims.tenant);
  const groups = mapping.claims.groups === undefined ? [] : groupsIn(claimAt(claims, mapping.claims.groups));
  if (id === undefined || tenant === undefined || groups === undefined) return INVALID;
  const narrowed = scope === undefined ? {} : { scope };
  const who = { id: `${prefix}${id}`, tenant, groups };
  if (!Object.hasOwn(claims, 'act')) return { principal: { kind: kindIn(claims, mapping), ...who, ...narrowed } };
  // The subject is the user, and who acts is named inside; those who acted before that one don't count.
  const actor = wordAt(claims, 'act.sub');
  const home = claimAt(claims, 'act.iss');
  // An actor of another issuer is somebody else than the one of the same name here (RFC 8693, section 4.1).
  if (actor === undefined || (home !== undefined && home !== claims.iss)) return INVALID;
  return { principal: { kind: 'agent', id: `${prefix}${actor}`, tenant, groups: [], ...narrowed }, user: who };
}

function kindIn(claims: Claims, { claims: { kind: path }, kind, kinds }: Mapping): Principal['kind'] {
  const said = path === undefined ? undefined : claimAt(claims, path);
  return typeof said === 'string' && Object.hasOwn(kinds, said) ? (kinds[said] ?? kind) : kind;
}

function wordAt(claims: Claims, path: string): string | undefined {
  const value = claimAt(claims, path);
  return typeof value === 'string' && WORD.test(value) ? value : undefined;
}

function groupsIn(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  const groups: unknown = typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : value;
  if (!Array.isArray(groups) || groups.length > GROUPS_MAX) return undefined;
  return groups.every((group): group is string => typeof group === 'string' && WORD.test(group))
    ? [...new Set(groups)]
    : undefined;
}

export function isWord(text: unknown): text is string {
  return typeof text === 'string' && WORD.test(text);
}
