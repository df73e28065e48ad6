import { type FlowFacts, type RoleFacts, SINK_ROLES } from '@sallyport/core';
import { FieldsRecord, longOrFailed } from './fields-record.ts';
import { type Result, SetValue } from './value.ts';

/** What a policy reads of a role that no argument has, and of an address that no text carries. */
const ABSENT = 'absent';

/**
 * Facts of a call as policies read them: every role is there, so that no policy has to ask first.
 * @param facts absent for a call whose arguments were not read: nothing speaks against it, and `context.unchecked` says so
 */
export function flowFields(facts: FlowFacts | undefined): Readonly<Record<'call' | 'flow' | 'session', FieldsRecord>> {
  return { call: callRecord(facts), flow: flowRecord(facts), session: sessionRecord(facts) };
}

function callRecord(facts: FlowFacts | undefined): FieldsRecord {
  return new FieldsRecord({
    askedBy: facts?.action.source ?? 'unknown',
    effect: facts?.tool.effect ?? 'write',
    outward: facts?.tool.outward ?? false,
    destructive: facts?.tool.destructive ?? false,
    defined: facts?.tool.defined ?? false,
    memory: facts?.tool.memory?.use ?? 'none',
    keepsUntrusted: facts?.tool.memory?.untrusted ?? false,
    keptRisk: longOrFailed(facts?.tool.memory?.risk ?? 0),
  });
}

function flowRecord(facts: FlowFacts | undefined): FieldsRecord {
  const fields: Record<string, Result> = {};
  let spanRisk = 0;
  for (const sink of SINK_ROLES) {
    const role = facts?.flow[sink];
    fields[sink] = role === undefined ? NO_ROLE : roleRecord(role);
    if (role !== undefined) spanRisk = Math.max(spanRisk, role.spanRisk);
  }
  fields.spanRisk = longOrFailed(spanRisk);
  return new FieldsRecord(fields);
}

function roleRecord(role: RoleFacts | undefined): FieldsRecord {
  return new FieldsRecord({
    source: role?.source ?? ABSENT,
    spanRisk: longOrFailed(role?.spanRisk ?? 0),
    solicited: role?.solicited ?? false,
    lookalike: role?.lookalike ?? false,
    named: role?.named ?? false,
    attributed: role?.attributed ?? false,
    endorsed: role?.endorsed ?? false,
    carried: role?.carried ?? ABSENT,
    carriedSolicited: role?.carriedSolicited ?? false,
    confidential: longOrFailed(role?.confidential ?? 0),
  });
}

/** Most roles are those that no argument has. */
const NO_ROLE = roleRecord(undefined);

function sessionRecord(facts: FlowFacts | undefined): FieldsRecord {
  const { tainted = false, ruleOfTwo, calls } = facts?.session ?? {};
  const count = (value: number | undefined): Result => longOrFailed(value ?? 0);
  return new FieldsRecord({
    tainted,
    untrusted: ruleOfTwo?.untrusted ?? false,
    private: ruleOfTwo?.private ?? false,
    outward: ruleOfTwo?.outward ?? false,
    ruleOfTwo: count(ruleOfTwo?.count),
    calls: count(calls?.total),
    writes: count(calls?.writes),
    sameTool: count(calls?.sameTool),
    sameToolWithin10: count(calls?.sameToolWithin10),
    formerly: new SetValue(calls?.formerly ?? []),
  });
}
