import {
  type Checkpoint,
  type ClosedRecord,
  type DecidedRecord,
  effectOf,
  type OpenedRecord,
  type RecordedDecision,
  strongestOf,
} from '@sallyport/core';
import type { Attributes } from '../otlp/otlp-json.ts';

type Guarded = Extract<RecordedDecision, { readonly kind: 'guard' }>;

/** What a checkpoint came to in one record, as a span says it. */
export interface GuardSpan {
  readonly name: string;
  readonly attributes: Attributes;
}

/** The checkpoints of a record, each once. */
export function guardsOf(record: OpenedRecord | DecidedRecord | ClosedRecord): readonly GuardSpan[] {
  const byPoint = new Map<Checkpoint, Guarded[]>();
  for (const recorded of record.decisions) {
    if (recorded.kind !== 'guard') continue;
    const { point } = recorded.question;
    const known = byPoint.get(point);
    if (known === undefined) byPoint.set(point, [recorded]);
    else known.push(recorded);
  }
  const tool = record.kind === 'decided' ? record.tool : undefined;
  const approval = record.kind === 'decided' ? record.approval?.status : undefined;
  return Array.from(byPoint, ([point, decided]) => ({
    name: `guard ${point}`,
    attributes: { ...attributesAt(point, decided), 'sallyport.tool': tool, 'sallyport.approval': approval },
  }));
}

function attributesAt(point: Checkpoint, decided: readonly Guarded[]): Attributes {
  const findings = decided.flatMap(({ question }) => question.context.findings);
  return {
    'sallyport.checkpoint': point,
    'sallyport.effect': strongestOf(decided.map(({ decision }) => effectOf(decision))),
    'sallyport.decisions': decided.length,
    'sallyport.policies': listOf(decided.flatMap(({ decision }) => decision.policies)),
    'sallyport.findings': decided.reduce((sum, { findingsTotal }) => sum + findingsTotal, 0),
    'sallyport.finding.categories': listOf(findings.map(({ category }) => category)),
    'sallyport.finding.detectors': listOf(findings.map(({ detector }) => detector)),
  };
}

/** Each once; nothing where there is none. */
function listOf(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : [...new Set(names)];
}
