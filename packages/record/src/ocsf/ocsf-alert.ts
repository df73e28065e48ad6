import { type AlertRecord, type AlertStep, FOUND_CATEGORIES, type FoundCategory, type Severity } from '@sallyport/core';
import { attacksOf } from './attacks-of.ts';
import { type OcsfEvent, ocsfEvent, stepUid } from './ocsf-event.ts';

/** `severity_id`. */
const SEVERITIES: Readonly<Record<Severity, number>> = { low: 2, medium: 3, high: 4, critical: 5 };
/** `activity_id` with its name, and `status_id`: new, in progress, resolved. */
const STEPS: Readonly<Record<AlertStep, readonly [activity: number, name: string, status: number]>> = {
  raised: [1, 'Create', 1],
  repeated: [2, 'Update', 1],
  acknowledged: [2, 'Update', 2],
  resolved: [3, 'Close', 4],
};

/** A step of an alert: the same finding from its first to its last. Cost: 10 us, its JSON too. */
export function ocsfAlert(record: AlertRecord): OcsfEvent {
  const { step, alert, rule, severity, about, evidence, times, by, reason } = record;
  const [activity, name, status] = STEPS[step];
  const { category } = about;
  return ocsfEvent(
    {
      record,
      class: 2004,
      uid: stepUid(record, `${alert}/${step}`),
      activity: { id: activity, name },
      severity: SEVERITIES[severity],
      profiles: [],
    },
    {
      message: `alert of rule ${rule}: ${step}`,
      finding_info: {
        uid: alert,
        title: `alert of rule ${rule}`,
        types: [category ?? about.signal ?? rule],
        // A rule that somebody wrote.
        analytic: { name: rule, type_id: 1 },
        created_time: Date.parse(record.at),
        ...(isFound(category) && attacksOf(category)),
      },
      status_id: status,
      is_alert: true,
      resources: resourcesOf(about),
      evidences: [{ data: { about, ...evidence, ...(times !== undefined && { times }) } }],
      ...(by !== undefined && { unmapped: { by, ...(reason !== undefined && { reason }) } }),
    },
  );
}

function isFound(category: string | undefined): category is FoundCategory {
  return category !== undefined && (FOUND_CATEGORIES as readonly string[]).includes(category);
}

/** What an alert is about by name; of one that is about everything, the gateway. */
function resourcesOf(about: AlertRecord['about']): readonly { readonly type: string; readonly name: string }[] {
  const named = (['principal', 'tool', 'model', 'provider', 'route', 'session'] as const).flatMap((type) => {
    const name = about[type];
    return name === undefined ? [] : [{ type, name }];
  });
  return named.length === 0 ? [{ type: 'gateway', name: 'gateway' }] : named;
}
