import type { Principal } from '@sallyport/core';
import table from './roles.json' with { type: 'json' };

/** What an operator is to the gateway; each has the permissions that the table gives it. */
export type OperatorRole = keyof typeof table.roles;
/** What a call of the admin API takes. */
export type Permission = keyof typeof table.permissions;

/** `none`: nothing that it tells needs a record. `admin`: a record of that kind. `own`: the step has a kind of record of its own. */
export type RecordedAs = 'none' | 'admin' | 'own';

export const OPERATOR_ROLES = Object.keys(table.roles) as readonly OperatorRole[];
export const PERMISSIONS = Object.keys(table.permissions) as readonly Permission[];

const HOLDERS = new Map(PERMISSIONS.map((name) => [name, new Set<string>(table.permissions[name].roles)]));
const ROLE_GROUPS: ReadonlySet<string> = new Set(OPERATOR_ROLES.map((role) => table.roles[role].group));

/** Whether one of the roles has the permission. */
export function permits(roles: readonly OperatorRole[], permission: Permission): boolean {
  return roles.some((role) => HOLDERS.get(permission)?.has(role));
}

export function recordedAs(permission: Permission): RecordedAs {
  return table.permissions[permission].records as RecordedAs;
}

export function isRole(name: string): name is OperatorRole {
  return Object.hasOwn(table.roles, name);
}

/**
 * The operator as access policies know them: of the groups of their roles. What an issuer says of groups with such a name counts for nothing,
 * or whoever may name groups there could give roles here.
 */
export function operatorPrincipal(principal: Principal, roles: readonly OperatorRole[]): Principal {
  const own = principal.groups.filter((group) => !ROLE_GROUPS.has(group));
  return { ...principal, groups: [...own, ...roles.map((role) => table.roles[role].group)] };
}
