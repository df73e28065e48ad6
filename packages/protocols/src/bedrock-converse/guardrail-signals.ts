import { PROVIDER_SIGNALS, type ProviderSignal, type ProviderSignalType } from '@sallyport/core';
import { type JsonNode, memberOf, numberOf, stringOf } from '@sallyport/wire';
import table from './signals.json' with { type: 'json' };

const STOP_REASONS = new Map(Object.entries(table.stopReason));
const FILTERS = new Map(Object.entries(table.contentFilter));
const CONFIDENCE: ReadonlyMap<string, number> = new Map(Object.entries(table.confidence));
const ENTRIES = new Map(Object.entries(table.policyEntries));
const GROUNDING = new Map(Object.entries(table.grounding));
const REASONING = new Map(Object.entries(table.reasoningFindings));

/** Where an assessment lists entries that say nothing but what was found, and what was done about it. */
const ENTRY_LISTS = [
  ['topicPolicy', 'topics'],
  ['wordPolicy', 'customWords'],
  ['wordPolicy', 'managedWordLists'],
  ['sensitiveInformationPolicy', 'piiEntities'],
  ['sensitiveInformationPolicy', 'regexes'],
] as const;

/** Found, and let pass: a rule of the customer's own that only reports. */
const DETECTED_SCORE = 0.6;
/** Actions that changed what passed. */
const ACTED: ReadonlySet<string> = new Set(['BLOCKED', 'ANONYMIZED']);

/** What the end of an answer says of it: the provider acted. */
export function stopSignal(stopReason: string): ProviderSignal | undefined {
  const type = STOP_REASONS.get(stopReason);
  return type === undefined ? undefined : { type: known(type), score: 1, about: 'output' };
}

/**
 * What a guardrail's trace says. Scores: 1 where it blocked or masked; a filter's confidence else (HIGH 0.9, MEDIUM 0.6, LOW
 * 0.3); 0.6 for what a rule found and let pass; for grounding, how far from grounded; for automated reasoning, the confidence
 * of the translation. What was looked for and not detected says nothing.
 * Source: `GuardrailTraceAssessment` of @aws-sdk/client-bedrock-runtime 3.1164.0.
 */
export function traceSignals(guardrail: JsonNode | undefined): readonly ProviderSignal[] {
  const input = valuesOf(memberOf(guardrail, 'inputAssessment'));
  const output = valuesOf(memberOf(guardrail, 'outputAssessments')).flatMap(itemsOf);
  return [
    ...input.flatMap((assessment) => assessed(assessment, 'input')),
    ...output.flatMap((assessment) => assessed(assessment, 'output')),
  ];
}

function assessed(assessment: JsonNode, about: ProviderSignal['about']): readonly ProviderSignal[] {
  const listed = (policy: string, list: string) => itemsOf(memberOf(memberOf(assessment, policy), list));
  const graded = [
    ...ENTRY_LISTS.flatMap(([policy, list]) =>
      listed(policy, list).map((entry) => [ENTRIES.get(list), scoreOf(entry, DETECTED_SCORE)] as const),
    ),
    ...listed('contentPolicy', 'filters').map(
      (filter) =>
        [typed(FILTERS, filter), scoreOf(filter, CONFIDENCE.get(stringOf(filter, 'confidence') ?? '') ?? 0)] as const,
    ),
    ...listed('contextualGroundingPolicy', 'filters').map(
      (filter) => [typed(GROUNDING, filter), scoreOf(filter, ungrounded(filter))] as const,
    ),
    ...listed('automatedReasoningPolicy', 'findings').flatMap(reasoned),
  ];
  return graded.flatMap(([type, score]) => (score > 0 ? [{ type: known(type), score, about }] : []));
}

function scoreOf(entry: JsonNode, otherwise: number): number {
  if (ACTED.has(stringOf(entry, 'action') ?? '')) return 1;
  const detected = memberOf(entry, 'detected');
  return detected?.kind === 'word' && detected.value === false ? 0 : otherwise;
}

/** 0 for what reaches the customer's threshold. */
function ungrounded(filter: JsonNode): number {
  const score = numberOf(filter, 'score') ?? 1;
  return score >= (numberOf(filter, 'threshold') ?? 0) ? 0 : unit(1 - score);
}

function reasoned(finding: JsonNode): readonly (readonly [string | undefined, number])[] {
  if (finding.kind !== 'object') return [];
  return finding.members.flatMap(({ key, value }) => {
    const type = REASONING.get(key.value);
    return type === undefined
      ? []
      : [[type, unit(numberOf(memberOf(value, 'translation'), 'confidence') ?? 1)] as const];
  });
}

/** A kind of filter that nobody knows is still one that found something. */
function typed(types: ReadonlyMap<string, string>, filter: JsonNode): string | undefined {
  return types.get(stringOf(filter, 'type') ?? '');
}

function known(type: string | undefined): ProviderSignalType {
  return PROVIDER_SIGNALS.find((each) => each === type) ?? 'other';
}

function unit(score: number): number {
  return Math.min(Math.max(score, 0), 1);
}

function valuesOf(map: JsonNode | undefined): readonly JsonNode[] {
  return map?.kind === 'object' ? map.members.map(({ value }) => value) : [];
}

function itemsOf(list: JsonNode | undefined): readonly JsonNode[] {
  return list?.kind === 'array' ? list.items : [];
}
