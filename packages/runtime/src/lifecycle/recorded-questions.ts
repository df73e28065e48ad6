import {
  type AccessQuestion,
  APPROVAL_DENIED,
  APPROVALS_CROWDED,
  type AuditRecord,
  type Decision,
  type Effect,
  effectOf,
  FIXED_CONTENT,
  type FoldedFindings,
  type GuardQuestion,
  ISOLATION_PREFIX,
  NO_NAME,
  type RecordedDecision,
  type RecordedFinding,
  type RecordedScene,
  STEP_UP_PREFIX,
  strongest,
} from '@sallyport/core';

/** Records that hold decisions of policies. */
export type DecidingRecord = Extract<AuditRecord, { readonly decisions: readonly RecordedDecision[] }>;

export function isDeciding(record: AuditRecord): record is DecidingRecord {
  return 'decisions' in record && Array.isArray(record.decisions);
}

/** A question as it was put, or why its record does not hold all of it. */
export type RecordedQuestion =
  | { readonly kind: 'access'; readonly question: AccessQuestion }
  | { readonly kind: 'guard'; readonly question: GuardQuestion }
  | { readonly kind: 'incomplete'; readonly why: Incomplete };

/** `no-scene`: nobody, nothing or no request is named. `shortened`: the record was cut to fit a leaf. `findings-cut`: an older
 * record lists fewer findings than there were. `no-name`: a name that records don't hold. `no-arguments`: policies that name a tool were asked
 * about what it was called with, which records don't hold. */
export const INCOMPLETE = ['no-scene', 'shortened', 'findings-cut', 'no-name', 'no-arguments'] as const;
export type Incomplete = (typeof INCOMPLETE)[number];

/** Puts a recorded decision's question together again. */
export function questionOf(
  record: RecordedScene & Pick<AuditRecord, 'shortened'>,
  recorded: RecordedDecision,
): RecordedQuestion {
  if (record.shortened !== undefined) return { kind: 'incomplete', why: 'shortened' };
  const resource = recorded.question.resource ?? record.resource;
  const { principal } = record;
  if (principal === undefined || resource === undefined) return { kind: 'incomplete', why: 'no-scene' };
  if (resource.id === NO_NAME) return { kind: 'incomplete', why: 'no-name' };
  if (recorded.kind === 'access') {
    const { action, context } = recorded.question;
    return { kind: 'access', question: { principal, action, resource, context } };
  }
  const { request } = record;
  return request === undefined
    ? { kind: 'incomplete', why: 'no-scene' }
    : guardQuestion(recorded, { principal, resource, request });
}

function guardQuestion(
  { question, findingsTotal }: Extract<RecordedDecision, { kind: 'guard' }>,
  { principal, resource, request }: Required<Pick<RecordedScene, 'principal' | 'resource' | 'request'>>,
): RecordedQuestion {
  if (question.typedAction !== undefined) return { kind: 'incomplete', why: 'no-arguments' };
  const { folded, ...context } = question.context;
  const { findings } = context;
  if (folded === undefined && findings.length < findingsTotal) return { kind: 'incomplete', why: 'findings-cut' };
  const earlier = folded === undefined ? undefined : without(folded, findings);
  const whole = { ...context, request, ...(earlier && { earlier }) };
  return { kind: 'guard', question: { principal, point: question.point, resource, context: whole } };
}

/** The sum of the findings that are not listed, so that all are counted once. */
function without({ risk, found, score }: FoldedFindings, listed: readonly RecordedFinding[]): FoldedFindings {
  const counts = new Map(Object.entries(found));
  for (const { type } of listed) counts.set(type, (counts.get(type) ?? 0) - 1);
  return { risk, found: Object.fromEntries([...counts].filter(([, count]) => count > 0)), ...(score && { score }) };
}

const HUMAN: ReadonlySet<string> = new Set([`posture:${APPROVAL_DENIED}`, `posture:${APPROVALS_CROWDED}`]);
const FIXED = `posture:${FIXED_CONTENT}`;

type Told = Pick<Decision, 'verdict' | 'flags' | 'redact' | 'policies'>;

/** What policies came to when it was recorded: what a human said to a call that they asked about is not theirs. */
export function recordedEffect(decision: Told): Effect {
  return decision.policies.some((policy) => HUMAN.has(policy)) ? 'ask' : effectOf(decision);
}

/** What of a decision no policy said and no human: a detector that had broken, content that can't be changed, what was isolated then. */
export function posturesOf({ policies }: Pick<Decision, 'policies'>): readonly string[] {
  const isOurs = (policy: string) => policy.startsWith('posture:') || policy.startsWith(ISOLATION_PREFIX);
  return policies.filter((policy) => isOurs(policy) && !HUMAN.has(policy));
}

/** What another decision would come to: a detector that had broken stops the content under any policies. */
export function effectUnder(candidate: Told, recorded: Told): Effect {
  const own = effectOf(candidate);
  const isSteppedUp = recorded.policies.some((policy) => policy.startsWith(STEP_UP_PREFIX));
  const effect = isSteppedUp ? strongest(own, 'ask') : own;
  const postures = posturesOf(recorded);
  if (postures.length === 0) return effect;
  // Content that is signed can't be redacted: what would be is stopped.
  if (postures.every((policy) => policy === FIXED)) return effect === 'redact' ? 'block' : effect;
  return 'block';
}
