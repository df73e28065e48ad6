import type { KnownOperator } from '@sallyport/runtime';

/** The tenant whose operators see all tenants. */
const ALL_TENANTS = 'default';

/** Whose traffic an operator sees; undefined for all. What belongs to no tenant is shown to whoever sees all. */
export function tenantOf({ principal }: KnownOperator): string | undefined {
  return principal.tenant === ALL_TENANTS ? undefined : principal.tenant;
}

/** Whether an operator of `tenant` may have to do with it; undefined: of all. */
export function isOf(its: string | undefined, tenant: string | undefined): boolean {
  return tenant === undefined || its === tenant;
}
