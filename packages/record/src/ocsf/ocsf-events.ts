import type { AuditRecord } from '@sallyport/core';
import { ocsfActivity } from './ocsf-activity.ts';
import { ocsfAlert } from './ocsf-alert.ts';
import type { OcsfEvent } from './ocsf-event.ts';
import { ocsfFindings } from './ocsf-findings.ts';
import { ocsfIdentity } from './ocsf-identity.ts';
import { ocsfSignal } from './ocsf-signal.ts';

/**
 * A record as events of OCSF 1.8: a finding for each decision and category of what was found, one for each signal that moved, for
 * each step of an alert, and for each by which a model became suspect. The
 * same record always makes the same events, with the same ids. Source: schema.ocsf.io, version 1.8.0.
 * @param options.activity exchanges that ended and tool calls too, as API Activity
 */
export function ocsfEvents(record: AuditRecord, { activity }: { readonly activity: boolean }): readonly OcsfEvent[] {
  switch (record.kind) {
    case 'opened':
      return ocsfFindings(record);
    case 'decided':
    case 'closed':
      return activity ? [...ocsfFindings(record), ocsfActivity(record)] : ocsfFindings(record);
    case 'signal':
      return [ocsfSignal(record)];
    case 'alert':
      return [ocsfAlert(record)];
    case 'identity':
      return record.step === 'warned' || record.step === 'changed' ? [ocsfIdentity(record)] : [];
    default:
      return [];
  }
}
