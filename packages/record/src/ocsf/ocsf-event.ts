import { type AuditRecord, type Effect, ownerName, ownerOf, type Principal } from '@sallyport/core';
import { leafHash } from '../merkle-tree.ts';
import { encodeRecord } from '../record-codec.ts';

/** The version of the schema that events are written in. */
export const OCSF_VERSION = '1.8.0';

/** Names of classes of the schema, and their categories. */
const CLASSES = {
  2004: { name: 'Detection Finding', category: 2 },
  2006: { name: 'Data Security Finding', category: 2 },
  6003: { name: 'API Activity', category: 6 },
} as const;

export type OcsfClass = keyof typeof CLASSES;
export type OcsfProfile = 'security_control' | 'ai_operation';

/** An event of the Open Cybersecurity Schema Framework: JSON, without content. */
export interface OcsfEvent {
  readonly class_uid: OcsfClass;
  readonly severity_id: number;
  readonly [attribute: string]: unknown;
}

interface Said {
  readonly record: AuditRecord;
  readonly class: OcsfClass;
  /** Stays the same however often the record is projected. */
  readonly uid: string;
  readonly activity: { readonly id: number; readonly name: string };
  readonly severity: number;
  readonly profiles: readonly OcsfProfile[];
  readonly drill?: string | undefined;
}

/**
 * Names a record: the same however often it is read. Of calls there may be several in one exchange: theirs is made of what stands in
 * the log. Cost: of a call, 10 us per KB.
 */
export function recordUid(record: AuditRecord): string {
  const { exchange, kind } = record;
  return kind === 'decided' ? stepUid(record, `${exchange}/${kind}`) : `${exchange}/${kind}`;
}

/** Names a record of which there may be several like it, by what stands in the log. Cost: 10 us per KB. */
export function stepUid(record: AuditRecord, name: string): string {
  const hash = Buffer.from(leafHash(encodeRecord(record))).toString('hex');
  return `${name}/${hash.slice(0, UID_CHARS)}`;
}

const UID_CHARS = 16;

/** What all classes have in common. */
export function ocsfEvent(said: Said, attributes: Readonly<Record<string, unknown>>): OcsfEvent {
  const { record, class: classUid, uid, activity, severity, profiles, drill } = said;
  const { name, category } = CLASSES[classUid];
  return {
    class_uid: classUid,
    class_name: name,
    category_uid: category,
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: classUid * 100 + activity.id,
    severity_id: severity,
    time: Date.parse(record.at),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Sallyport', vendor_name: 'Sallyport' },
      profiles,
      uid,
      correlation_uid: record.exchange,
      ...(drill !== undefined && { labels: ['drill'] }),
    },
    ...attributes,
  };
}

/** Whose it is, as `user`: tenant, kind and id, as monitoring names them. */
export function userOf(principal: Principal): { readonly name: string; readonly uid: string } {
  return { name: principal.id, uid: `${principal.tenant}/${ownerName(ownerOf(principal))}` };
}

/** What was done about it, in the words of the profile `security_control`. */
export function controlled(effect: Effect): Readonly<Record<string, unknown>> {
  const [action, disposition] = CONTROLS[effect];
  return { action_id: action, disposition_id: disposition };
}

/** `action_id` (1 allowed, 2 denied, 0 not known yet) and `disposition_id`. */
const CONTROLS: Readonly<Record<Effect, readonly [action: number, disposition: number]>> = {
  // Logged, alert, corrected, delayed, blocked.
  allow: [1, 17],
  flag: [1, 19],
  redact: [1, 11],
  ask: [0, 14],
  block: [2, 2],
};
