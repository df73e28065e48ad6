import type { IdentityRecord } from '@sallyport/core';
import { type OcsfEvent, ocsfEvent } from './ocsf-event.ts';

/** That a provider's model may be another one than was approved, or is, as a finding of the detection that noticed it. */
export function ocsfIdentity(record: IdentityRecord): OcsfEvent {
  const { at, step, state, provider, model, reasons, reference } = record;
  const last = reasons.at(-1);
  const uid = `identity/${at}/${provider}/${model}/${step}`;
  return ocsfEvent(
    {
      record,
      class: 2004,
      uid,
      activity: { id: 1, name: 'Create' },
      severity: step === 'changed' ? 4 : 3,
      profiles: [],
    },
    {
      message: `identity of a model: ${step}`,
      finding_info: {
        uid,
        title: `identity of a model: ${step}`,
        types: reasons.map(({ signal }) => signal),
        // Behavioural.
        analytic: { name: 'provider identity', type_id: 2 },
        created_time: Date.parse(at),
        ...(last && { first_seen_time: Date.parse(last.from) }),
      },
      status_id: 1,
      is_alert: true,
      resources: [{ type: 'model', name: model, owner: { name: provider } }],
      evidences: [{ data: { state, reasons, reference } }],
    },
  );
}
