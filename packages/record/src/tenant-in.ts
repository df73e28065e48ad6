import type { AuditRecord } from '@sallyport/core';

/** Whose a record is; what belongs to no tenant, or to all of them, is nobody's. */
export function tenantIn(record: AuditRecord): string | undefined {
  if (record.kind === 'alert') return record.about.tenant;
  if (record.kind === 'containment') return record.containment.of.tenant;
  if (record.kind === 'tool') return record.owner.tenant;
  return 'principal' in record ? record.principal?.tenant : undefined;
}

/** Whether what is recorded of an exchange is a tenant's: some record says so, and none says another. */
export function isOfTenant(records: readonly AuditRecord[], tenant: string): boolean {
  const tenants = new Set(records.map(tenantIn));
  tenants.delete(undefined);
  return tenants.size === 1 && tenants.has(tenant);
}
