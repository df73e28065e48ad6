import { type AuditRecord, type Principal, type RecordedSubject, type Subject, userSubjectName } from '@sallyport/core';

/** Whether a record is about a subject: of its principal, its tenant or its session, or of its content. */
export function namesSubject(record: AuditRecord, { kind, name }: Subject, recorded: RecordedSubject): boolean {
  if ('subject' in record && record.subject?.kind === kind && record.subject.id === recorded.id) return true;
  if (record.kind === 'content') return false;
  if (kind === 'session') return 'session' in record && record.session?.id === name;
  return ownersOf(record).some((owner) => name === (kind === 'tenant' ? owner.tenant : userSubjectName(owner)));
}

type Named = Pick<Principal, 'tenant' | 'kind' | 'id'>;

/** Whose exchange, call, tool or authorization it is, and for whom it was; of operators' steps nobody's. */
function ownersOf(record: AuditRecord): readonly Named[] {
  const principal = 'principal' in record ? record.principal : undefined;
  const user = record.kind === 'authorization' ? record.owner?.user : principal?.onBehalfOf;
  const owner = ownerIn(record) ?? principal;
  return [...(owner === undefined ? [] : [owner]), ...(user === undefined ? [] : [{ ...user, kind: 'user' } as const])];
}

function ownerIn(record: AuditRecord): Named | undefined {
  if (record.kind === 'authorization') return record.owner;
  return 'owner' in record ? { tenant: record.owner.tenant, ...record.owner.principal } : undefined;
}
