import type { ApprovalStore, AuditRecord, PolicyEngine, Principal, StoredApproval } from '@sallyport/core';
import { ApprovalOffice, type ApprovalOfficeParts } from '../approvals/approval-office.ts';
import { starterEngine } from './exchange-rig.ts';
import { ManualClock } from './manual-clock.ts';

export const ADMIN: Principal = { kind: 'user', id: 'admin', tenant: 'default', groups: ['admins'] };

/** Approvals in memory, as a folder keeps them. */
export function mapApprovals(): ApprovalStore & { readonly kept: ReadonlyMap<string, StoredApproval> } {
  const kept = new Map<string, StoredApproval>();
  return {
    kept,
    all: () => [...kept.values()],
    put: (approval) => {
      kept.set(approval.id, approval);
    },
    remove: (id) => {
      kept.delete(id);
    },
  };
}

export interface Desk {
  readonly office: ApprovalOffice;
  readonly clock: ManualClock;
  readonly store: ReturnType<typeof mapApprovals>;
  readonly records: readonly AuditRecord[];
}

/** The office that asks humans, on a clock that a test moves. */
export function approvalDesk(options: Partial<ApprovalOfficeParts> & { readonly access?: PolicyEngine } = {}): Desk {
  const clock = new ManualClock();
  const store = mapApprovals();
  const records: AuditRecord[] = [];
  const { access = starterEngine(), ...parts } = options;
  const office = new ApprovalOffice({
    store,
    recorder: { append: async (record) => void records.push(record) },
    engine: () => access,
    clock: { dateMs: clock.dateMs, iso: () => new Date(clock.dateMs()).toISOString(), after: clock.after },
    fingerprint: (text) => Buffer.from(text).toString('base64'),
    expiresMs: 900_000,
    report: (error) => {
      throw error;
    },
    ...parts,
  });
  return { office, clock, store, records };
}
