import type { KnownOperator } from '@sallyport/runtime';

/** The tenant whose operators see all tenants. */
const ALL_TENANTS = 'default';

/** Whose traffic an operator sees; undefined for all. What belongs to no tenant is shown to whoever sees all. */
export function tenantOf({ principal }: KnownOperator): string | undefined {
  return principal.tenant === ALL_TENANTS ? undefined : principal.tenant;
}
