import type { AuditRecord, Principal, RecordedSubject, Subject } from '@sallyport/core';

/** Whether a record is about a subject: of its principal, its tenant or its session, or of its content. */
export function namesSubject(record: AuditRecord, { kind, name }: Subject, recorded: RecordedSubject): boolean {
  if ('subject' in record && record.subject?.kind === kind && record.subject.id === recorded.id) return true;
  if (record.kind === 'content') return false;
  if (kind === 'session') return 'session' in record && record.session?.id === name;
  const owner = ownerOf(record);
  if (owner === undefined) return false;
  return name === (kind === 'tenant' ? owner.tenant : `${owner.tenant}/${owner.kind}/${owner.id}`);
}

/** Whose exchange, call or tool it is; of operators' steps nobody's. */
function ownerOf(record: AuditRecord): Pick<Principal, 'tenant' | 'kind' | 'id'> | undefined {
  if ('owner' in record) return { tenant: record.owner.tenant, ...record.owner.principal };
  return 'principal' in record ? record.principal : undefined;
}
