import type { SignalRecord } from '@sallyport/core';
import { type OcsfEvent, ocsfEvent } from './ocsf-event.ts';

/** What moved, as a finding of the detection that noticed it. */
export function ocsfSignal(record: SignalRecord): OcsfEvent {
  const { signal, scope, name, tenant, direction, before, after, since, from, strength, exchanges } = record;
  return ocsfEvent(
    {
      record,
      class: 2004,
      uid: record.exchange,
      activity: { id: 1, name: 'Create' },
      severity: 2,
      profiles: [],
    },
    {
      message: `${signal} of ${scope} moved: ${direction}`,
      finding_info: {
        uid: record.exchange,
        title: `${signal} of ${scope} moved`,
        types: [signal],
        // Behavioural.
        analytic: { name: 'monitoring', type_id: 2 },
        created_time: Date.parse(record.at),
        first_seen_time: Date.parse(from),
      },
      status_id: 1,
      is_alert: true,
      resources: [{ type: scope, name: name === '' ? scope : name }],
      evidences: [{ data: { direction, before, after, since, strength, exchanges, tenant } }],
    },
  );
}
