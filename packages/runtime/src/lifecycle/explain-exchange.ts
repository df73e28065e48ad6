import {
  type AuditRecord,
  type Effect,
  type FoldedFindings,
  foldFindings,
  type Mode,
  type RecordedDecision,
  type RecordedScene,
  type Resource,
} from '@sallyport/core';
import type { CedarPolicyEngine, FactsRead } from '@sallyport/policy';
import { isDeciding, questionOf, type RecordedQuestion, recordedEffect } from './recorded-questions.ts';

/** A policy that held, or whose evaluation failed, and what it read. */
export interface ExplainedPolicy {
  readonly id: string;
  readonly part: 'held' | 'monitored' | 'failed';
  /** Absent where the set at hand has no such policy: a posture of the gateway's own, or a policy that is gone. */
  readonly policy?: {
    readonly at: string;
    readonly effect: string;
    readonly mode: Mode;
    readonly description?: string;
  };
  readonly facts?: FactsRead;
}

export interface ExplainedDecision {
  readonly record: AuditRecord['kind'];
  readonly at: string;
  /** The checkpoint, the action of the access set, or that of the tool whose arguments were judged: those no record holds. */
  readonly point: string;
  readonly resource?: Pick<Resource, 'kind' | 'id' | 'provider'>;
  readonly effect: Effect;
  /** What was found, folded; access questions have none. */
  readonly findings?: { readonly total: number; readonly folded: FoldedFindings };
  readonly policies: readonly ExplainedPolicy[];
}

export interface ExplainedExchange {
  readonly exchange: string;
  /** The sets under which it was decided. */
  readonly policySets: readonly string[];
  /** Whether all of it was decided by the set at hand: else places and facts are those of policies that bear the same ids now. */
  readonly isSetAtHand: boolean;
  readonly decisions: readonly ExplainedDecision[];
}

/** Says of each decision of an exchange which policies it comes from and what they read. Never content: records hold none. */
export function explainExchange(records: readonly AuditRecord[], engine: CedarPolicyEngine): ExplainedExchange {
  const deciding = records.filter(isDeciding);
  const policySets = [...new Set(deciding.flatMap(({ policySet }) => policySet ?? []))];
  return {
    exchange: records[0]?.exchange ?? '',
    policySets,
    isSetAtHand: policySets.every((set) => set === engine.policySet),
    decisions: deciding.flatMap((record) =>
      record.decisions.map((recorded) => {
        const scene: RecordedScene = record;
        const resource = recorded.question.resource ?? scene.resource;
        const asked = questionOf(record, recorded);
        return {
          record: record.kind,
          at: record.at,
          point: placeIn(recorded),
          ...(resource && { resource: placeOf(resource) }),
          effect: recordedEffect(recorded.decision),
          ...(recorded.kind === 'guard' && { findings: foundIn(recorded) }),
          policies: policiesOf(recorded, asked, engine),
        };
      }),
    ),
  };
}

function placeIn({ kind, question }: RecordedDecision): string {
  return kind === 'access' ? question.action : (question.typedAction ?? question.point);
}

function placeOf({ kind, id, provider }: Resource): Pick<Resource, 'kind' | 'id' | 'provider'> {
  return { kind, id, ...(provider !== undefined && { provider }) };
}

function foundIn({ question, findingsTotal }: Extract<RecordedDecision, { kind: 'guard' }>) {
  const { folded, findings } = question.context;
  return { total: findingsTotal, folded: folded ?? foldFindings(findings) };
}

function policiesOf(
  { decision }: RecordedDecision,
  asked: RecordedQuestion,
  engine: CedarPolicyEngine,
): readonly ExplainedPolicy[] {
  const told = [
    ...decision.policies.map((id) => ({ id, part: 'held' as const })),
    ...decision.monitored.map((id) => ({ id, part: 'monitored' as const })),
    ...decision.errors.map((id) => ({ id, part: 'failed' as const })),
  ];
  return told.map(({ id, part }) => {
    const info = engine.policies.find((policy) => policy.id === id);
    if (info === undefined) return { id, part };
    const { at, effect = info.kind, mode, description } = info;
    const facts = asked.kind === 'incomplete' ? undefined : engine.facts(id, asked.question);
    const policy = { at: `${at.file}:${at.line}`, effect, mode, ...(description !== undefined && { description }) };
    return { id, part, policy, ...(facts && { facts }) };
  });
}
