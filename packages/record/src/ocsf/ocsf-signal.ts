import type { SignalRecord } from '@sallyport/core';
import { attacksOf } from './attacks-of.ts';
import { type OcsfEvent, ocsfEvent } from './ocsf-event.ts';

/** `severity_id`: a move is low, what somebody does over many exchanges medium. */
const LOW = 2;
const MEDIUM = 3;

/** What moved, or how somebody conducts themselves, as a finding of the detection that noticed it. */
export function ocsfSignal(record: SignalRecord): OcsfEvent {
  const { signal, category, scope, name, tenant, direction, before, after, since, from, strength, exchanges } = record;
  const title = category === undefined ? `${signal} of ${scope} moved` : `${category} by a ${scope}`;
  return ocsfEvent(
    {
      record,
      class: 2004,
      uid: record.exchange,
      activity: { id: 1, name: 'Create' },
      severity: category === undefined ? LOW : MEDIUM,
      profiles: [],
    },
    {
      message: category === undefined ? `${title}: ${direction}` : title,
      finding_info: {
        uid: record.exchange,
        title,
        types: [signal],
        // Behavioural.
        analytic: { name: 'monitoring', type_id: 2 },
        created_time: Date.parse(record.at),
        first_seen_time: Date.parse(from),
        ...(category !== undefined && attacksOf(category)),
      },
      status_id: 1,
      is_alert: true,
      resources: [{ type: scope, name: name === '' ? scope : name }],
      evidences: [{ data: { direction, before, after, since, strength, exchanges, tenant } }],
    },
  );
}
