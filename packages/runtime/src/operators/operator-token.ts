import { SallyportError } from '@sallyport/core';
import type { KeyTerms, NewKey, ShownKey } from '../gateway-keys.ts';
import { ADMIN_NAME } from './known-operator.ts';
import { isRole, type OperatorRole } from './roles.ts';

/** What operators' tokens begin with. */
export const OPERATOR_PREFIX = 'spo_';

/** An operator who is to be made. */
export interface NewOperator {
  readonly name: string;
  /** At least one. */
  readonly roles: readonly OperatorRole[];
  readonly terms?: Omit<KeyTerms, 'scope'>;
}

/** An operator as they may be shown: without their token. */
export interface ShownOperator
  extends Pick<ShownKey, 'name' | 'createdAt' | 'expiresAt' | 'certificate' | 'rotatedAt' | 'previousUntil'>,
    Pick<ShownKey, 'lastUsed' | 'revokedAt'> {
  readonly roles: readonly OperatorRole[];
}

/**
 * An operator as what keeps gateway keys keeps them.
 * @throws {SallyportError} `KEY_NAME_TAKEN` for the name of whoever holds the admin token; `CONFIG_INVALID` without a role
 */
export function operatorKey({ name, roles, terms }: NewOperator): NewKey {
  if (name === ADMIN_NAME) throw new SallyportError('KEY_NAME_TAKEN');
  if (roles.length === 0) throw new SallyportError('CONFIG_INVALID', { detail: 'an operator has at least one role' });
  const groups = [...new Set(roles)];
  return { name, kind: 'user', tenant: 'default', groups, ...(terms !== undefined && { terms }) };
}

export function shownOperator({ principal, scope: _scope, ...shown }: ShownKey): ShownOperator {
  return { ...shown, roles: principal.groups.filter(isRole) };
}
