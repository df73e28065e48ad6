import {
  type Category,
  type ClosedRecord,
  type DecidedRecord,
  type Effect,
  effectOf,
  type OpenedRecord,
  type RecordedDecision,
  type RecordedFinding,
} from '@sallyport/core';
import { attacksOf } from './attacks-of.ts';
import { controlled, type OcsfEvent, ocsfEvent, recordUid, userOf } from './ocsf-event.ts';

/** Records in which decisions stand. */
export type DecidingRecord = OpenedRecord | DecidedRecord | ClosedRecord;

type GuardDecision = Extract<RecordedDecision, { kind: 'guard' }>;

/** Types that one event names at most. */
const TYPES_MAX = 16;
/** What is data to protect, with its `category_id` of the schema: personal, security. */
const DATA: Readonly<Partial<Record<Category, number>>> = { 'personal-data': 1, secrets: 6 };
/** `detection_system_id`. */
const DLP_GATEWAY = 2;

/** `severity_id`: informational, low, low, medium, high. */
const SEVERITIES: Readonly<Record<Effect, number>> = { allow: 1, flag: 2, redact: 2, ask: 3, block: 4 };

/** One event for each decision and category of its findings. Cost: 10 us an event, its JSON too. */
export function ocsfFindings(record: DecidingRecord): readonly OcsfEvent[] {
  let name: string | undefined;
  return record.decisions.flatMap((recorded, index) => {
    if (recorded.kind === 'access') return [];
    return [...byCategory(recorded)].map(([category, findings]) => {
      name ??= recordUid(record);
      return findingEvent(record, { recorded, uid: `${name}/${index}/${category}`, category, findings });
    });
  });
}

function byCategory({ question }: GuardDecision): ReadonlyMap<Category, readonly RecordedFinding[]> {
  const found = new Map<Category, RecordedFinding[]>();
  for (const finding of question.context.findings) {
    const same = found.get(finding.category);
    if (same === undefined) found.set(finding.category, [finding]);
    else same.push(finding);
  }
  return found;
}

interface Found {
  readonly recorded: GuardDecision;
  readonly uid: string;
  readonly category: Category;
  readonly findings: readonly RecordedFinding[];
}

function findingEvent(record: DecidingRecord, { recorded, uid, category, findings }: Found): OcsfEvent {
  const { question, decision } = recorded;
  const effect = effectOf(decision);
  const types = [...new Set(findings.map(({ type }) => type))].slice(0, TYPES_MAX);
  const detectors = [...new Set(findings.map(({ detector }) => detector))];
  const score = findings.reduce((most, finding) => Math.max(most, finding.score), 0);
  const { principal, drill } = record;
  const data = DATA[category];
  const evidence = { checkpoint: question.point, category, types, detectors, count: findings.length };
  return ocsfEvent(
    {
      record,
      class: data === undefined ? 2004 : 2006,
      uid,
      activity: { id: 1, name: 'Create' },
      severity: drill === undefined ? SEVERITIES[effect] : SEVERITIES.allow,
      profiles: ['security_control'],
      drill,
    },
    {
      message: `${category} at ${question.point}: ${effect}`,
      finding_info: {
        uid,
        title: `${category} at ${question.point}`,
        types,
        analytic: { name: detectors[0] ?? '', type_id: 1 },
        created_time: Date.parse(record.at),
        ...attacksOf(category),
      },
      status_id: 1,
      confidence_score: Math.round(score * 100),
      is_alert: drill === undefined && effect !== 'allow',
      ...controlled(effect),
      ...policyOf(decision.policies),
      resources: resourcesOf(record, recorded),
      ...(data === undefined
        ? { evidences: [{ data: evidence }] }
        : {
            // The class has no `evidences`.
            data_security: { category_id: data, detection_system_id: DLP_GATEWAY, detection_pattern: types.join(', ') },
            unmapped: evidence,
            ...(principal !== undefined && { actor: { user: userOf(principal) } }),
          }),
    },
  );
}

function policyOf(policies: readonly string[]): { readonly policy?: { readonly name: string; readonly uid: string } } {
  const [first] = policies;
  return first === undefined ? {} : { policy: { name: first, uid: first } };
}

function resourcesOf(
  record: DecidingRecord,
  { question }: GuardDecision,
): readonly Readonly<Record<string, unknown>>[] {
  const { principal, request } = record;
  const { kind: type, id } = question.resource ?? record.resource ?? { kind: 'model', id: request?.model ?? '' };
  return [{ type, name: id === '' ? 'unnamed' : id, ...(principal !== undefined && { owner: userOf(principal) }) }];
}
