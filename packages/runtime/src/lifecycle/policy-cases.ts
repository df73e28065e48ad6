import {
  ACCESS_ACTIONS,
  type AccessQuestion,
  APPROVAL_DOORS,
  CATEGORIES,
  CHECKPOINTS,
  EFFECTS,
  ENDORSEMENTS,
  type FlowFacts,
  type GuardQuestion,
  IDENTITY_STATES,
  type Principal,
  RESTORE_SINKS,
  REVEALED,
  SINK_ROLES,
  SOURCES,
  SUBJECT_KINDS,
  toolGroups,
} from '@sallyport/core';
import { z } from 'zod';
import { registrationOf, registrationSchema } from '../config/access-schema.ts';
import { type ConfigProblem, formatPath } from '../config/problem.ts';
import { parseSource } from '../config/source.ts';
import { CONTENT } from '../content/content-office.ts';

const word = z.string().min(1).max(256);
const words = z.array(word).max(1_000);
/** Kind and id of somebody, as policies compare them. */
const somebody = z
  .string()
  .max(256)
  .regex(/^(?:user|service|agent)\/./);
const user = z
  .string()
  .max(256)
  .regex(/^user\/./);
const count = z.int().min(0);
const score = z.number().min(0).max(1);
const thousandth = z.int().min(0).max(1_000);
const flag = z.boolean();

const principal = z
  .strictObject({
    kind: z.enum(['user', 'service', 'agent']).default('service'),
    id: word.default('somebody'),
    tenant: word.default('default'),
    groups: words.default([]),
    onBehalfOf: z.strictObject({ id: word, tenant: word.default('default'), groups: words.default([]) }).optional(),
  })
  .prefault({});
const resource = z
  .strictObject({
    kind: z.enum(['model', 'tool', 'data-source']),
    id: word.default('any'),
    provider: word.optional(),
    registration: registrationSchema.optional(),
    identity: z.enum(IDENTITY_STATES).exactOptional(),
    registered: flag.optional(),
    groups: words.default([]),
  })
  .optional();
const request = z
  .strictObject({
    protocol: word.default('openai-chat'),
    route: word.default('default'),
    model: word.default('any'),
    stream: flag.default(false),
    tools: words.default([]),
    messages: count.default(1),
    bodyBytes: count.default(1_000),
  })
  .prefault({});
const finding = z.strictObject({
  category: z.enum(CATEGORIES),
  type: word.default('any'),
  score: score.default(1),
  detector: word.default('any'),
});
const role = z.strictObject({
  source: z.enum(SOURCES).default('none'),
  spanRisk: thousandth.default(0),
  solicited: flag.default(false),
  lookalike: flag.default(false),
  named: flag.default(false),
  attributed: flag.default(false),
  endorsed: flag.default(false),
  endorsements: z.array(z.enum(ENDORSEMENTS)).default([]),
  carried: z.enum(SOURCES).optional(),
  carriedSolicited: flag.default(false),
  confidential: thousandth.default(0),
});
const flow = z.strictObject({
  tool: z
    .strictObject({
      defined: flag.default(true),
      effect: z.enum(['read', 'write']).default('write'),
      outward: flag.default(false),
      destructive: flag.default(false),
      memory: z
        .strictObject({
          use: z.enum(['read', 'write', 'both']),
          untrusted: flag.default(false),
          risk: thousandth.default(0),
        })
        .optional(),
    })
    .prefault({}),
  askedBy: z.enum(['user', 'delegated', 'none', 'unknown']).default('user'),
  roles: z.partialRecord(z.enum(SINK_ROLES), role).default({}),
  session: z
    .strictObject({
      tainted: flag.default(true),
      ruleOfTwo: z
        .strictObject({ untrusted: flag.default(false), private: flag.default(false), outward: flag.default(false) })
        .prefault({}),
      calls: z
        .strictObject({
          total: count.default(0),
          writes: count.default(0),
          sameTool: count.default(0),
          sameToolWithin10: z.int().min(0).max(10).default(0),
          formerly: words.default([]),
        })
        .prefault({}),
    })
    .prefault({}),
});
const expected = z.strictObject({
  effect: z.enum(EFFECTS),
  policies: words.optional(),
  monitored: words.optional(),
  redacted: z.array(count).max(1_000).optional(),
});
const common = { name: z.string().min(1).max(200), principal, resource, expect: expected };

const guardCase = z.strictObject({
  ...common,
  point: z.enum(CHECKPOINTS),
  request,
  findings: z.array(finding).max(1_000).default([]),
  unseen: words.default([]),
  unchecked: words.default([]),
  flow: flow.optional(),
  call: z.strictObject({ action: word, arguments: z.record(z.string(), z.unknown()) }).optional(),
});
const accessCase = z.strictObject({
  ...common,
  action: z.enum(ACCESS_ACTIONS),
  route: word.default('default'),
  protocol: word.default('openai-chat'),
  grant: word.optional(),
  reader: flag.optional(),
  sink: z.enum(RESTORE_SINKS).optional(),
  approval: z
    .strictObject({
      requester: somebody,
      tenant: word.default('default'),
      onBehalfOf: user.optional(),
      via: z.enum(APPROVAL_DOORS),
    })
    .optional(),
  reveal: z
    .strictObject({
      what: z.enum(REVEALED),
      type: z.string().max(256).default(''),
      owner: z.string().max(600).default('user/somebody'),
      tenant: z.string().max(256).default('default'),
      subject: z.enum(SUBJECT_KINDS).default('user'),
      via: z.enum(APPROVAL_DOORS),
    })
    .optional(),
});

type GuardCase = z.output<typeof guardCase>;
type AccessCase = z.output<typeof accessCase>;

/** A question, what is expected of its answer, and where that is written. */
export interface PolicyCase {
  readonly name: string;
  /** File as it was named, one-based line. */
  readonly at: { readonly file: string; readonly line: number };
  readonly question: AccessQuestion | GuardQuestion;
  readonly expect: z.output<typeof expected>;
}

/** Cases of one file: more are a mistake. */
export const CASES_MAX = 10_000;

/**
 * Reads a file of cases, YAML or JSON: `cases`, each an access question (`action`) or one at a checkpoint (`point`), with what is
 * expected. Everything that is wrong with it is a value, with its place.
 */
export function readPolicyCases(
  text: string,
  file: string,
): { readonly cases: readonly PolicyCase[] } | { readonly problems: readonly ConfigProblem[] } {
  const source = parseSource(text, file);
  if ('problems' in source) return source;
  const list = z.strictObject({ cases: z.array(z.unknown()).min(1).max(CASES_MAX) }).safeParse(source.value);
  const problems: ConfigProblem[] = [];
  const report = (path: readonly PropertyKey[], message: string): void => {
    problems.push({ file, ...source.locate(path), path: formatPath(path), message });
  };
  if (!list.success) {
    for (const { path, message } of list.error.issues) report(path, message);
    return { problems };
  }
  const cases = list.data.cases.flatMap((one, at): readonly PolicyCase[] => {
    const path = ['cases', at];
    const parsed = schemaFor(one).safeParse(one);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) report([...path, ...issue.path], issue.message);
      return [];
    }
    const { line } = source.locate(path);
    const { name, expect } = parsed.data;
    const question = 'point' in parsed.data ? guardQuestion(parsed.data) : accessQuestion(parsed.data);
    return [{ name, at: { file, line }, question, expect }];
  });
  return problems.length > 0 ? { problems } : { cases };
}

function schemaFor(one: unknown): z.ZodType<GuardCase | AccessCase> {
  return typeof one === 'object' && one !== null && 'action' in one ? accessCase : guardCase;
}

type Place = Pick<AccessQuestion, 'resource'>['resource'];

function placed(resource: GuardCase['resource'], otherwise: Place['kind']): Place {
  if (resource === undefined) return { kind: otherwise, id: 'any', groups: [] };
  const { kind, id, provider, registration, identity, registered, groups } = resource;
  return {
    kind,
    id,
    groups,
    ...(provider !== undefined && { provider }),
    ...(registration && { registration: registrationOf(registration) }),
    ...(identity && { identity }),
    ...(registered !== undefined && { registered }),
  };
}

function usualKind(action: AccessQuestion['action']): Place['kind'] {
  if (action === 'read-data') return 'data-source';
  return action === 'call-tool' || action === 'approve' ? 'tool' : 'model';
}

function principalOf({ principal: { onBehalfOf, ...who } }: Pick<GuardCase, 'principal'>): Principal {
  return { ...who, ...(onBehalfOf && { onBehalfOf }) };
}

function approvalOf({ onBehalfOf, ...asked }: NonNullable<AccessCase['approval']>) {
  return { ...asked, ...(onBehalfOf !== undefined && { onBehalfOf }) };
}

function accessQuestion(one: AccessCase): AccessQuestion {
  const { action, route, protocol, grant, reader, sink, approval, reveal } = one;
  return {
    principal: principalOf(one),
    action,
    resource: one.resource === undefined && action === 'reveal' ? CONTENT : placed(one.resource, usualKind(action)),
    context: {
      route,
      protocol,
      ...(grant !== undefined && { grant }),
      ...(reader !== undefined && { reader }),
      ...(sink && { sink }),
      ...(approval && { approval: approvalOf(approval) }),
      ...(reveal && { reveal }),
    },
  };
}

function guardQuestion(one: GuardCase): GuardQuestion {
  const { point, call, request: facts, findings, unseen, unchecked } = one;
  const resource = placed(one.resource, point === 'tool-call' ? 'tool' : 'model');
  const known = one.flow === undefined ? undefined : flowFacts(one.flow, resource.id);
  return {
    principal: principalOf(one),
    point,
    ...(call && { typed: call }),
    // What a tool does and takes are groups of it, as the gateway makes them.
    resource: { ...resource, groups: [...resource.groups, ...toolGroups(known)] },
    context: { request: facts, findings, unseen, unchecked, ...(known && { flow: known }) },
  };
}

function flowFacts(
  { tool: { memory, ...tool }, askedBy, roles, session }: NonNullable<GuardCase['flow']>,
  name: string,
): FlowFacts {
  const { tainted, ruleOfTwo, calls } = session;
  const count = Object.values(ruleOfTwo).filter(Boolean).length;
  return {
    tool: { name, ...tool, ...(memory && { memory }) },
    action: { source: askedBy },
    flow: Object.fromEntries(
      Object.entries(roles).map(([sink, { carried, ...facts }]) => [sink, { ...facts, ...(carried && { carried }) }]),
    ),
    session: { tainted, ruleOfTwo: { ...ruleOfTwo, count }, calls },
  };
}
