import type { OperatorProof, Principal, RecordedOperator } from '@sallyport/core';
import { type OperatorRole, operatorPrincipal } from './roles.ts';

/** Somebody whom the admin API knows. */
export interface KnownOperator {
  /** As access policies know them, where they are asked. */
  readonly principal: Principal;
  readonly roles: readonly OperatorRole[];
  readonly by: OperatorProof;
}

/** Name of whoever holds the admin token; no other operator has it. */
export const ADMIN_NAME = 'admin';

const ADMIN_ROLES = ['admin'] as const;

/** Whoever holds the admin token, and whoever has the data folder in their hands. */
export const ADMIN: Principal = operatorPrincipal(
  { kind: 'user', id: ADMIN_NAME, tenant: 'default', groups: [] },
  ADMIN_ROLES,
);

export const ADMIN_OPERATOR: KnownOperator = { principal: ADMIN, roles: ADMIN_ROLES, by: 'token' };

/** Whoever changed the data folder beside the gateway. */
export const OFFLINE: RecordedOperator = { id: 'offline', roles: [], by: 'offline' };

export function recordedOperator({ principal, roles, by }: KnownOperator): RecordedOperator {
  return { id: principal.id, roles, by };
}
