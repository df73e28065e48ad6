import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import {
  type AccessQuestion,
  CATEGORIES,
  CHECKPOINTS,
  type GuardQuestion,
  IDENTITY_STATES,
  type ProviderRegistration,
  type Resource,
} from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarCall } from './cedar.ts';
import type { CedarPolicyEngine } from './engine.ts';
import { loadPolicySets } from './load.ts';
import { accessScene } from './scene.ts';

/** One fifth of the cases, a case being a question that a loaded set answers; the environment variable asks for more. */
const CASES = Number(process.env.SALLYPORT_DIFFERENTIAL_RUNS ?? 50_000) * 0.2;
/** Loading two engines takes as long as hundreds of answers. */
const PAIRS_PER_SET = 50;
const SETS = Math.ceil(CASES / (2 * PAIRS_PER_SET));

const types = ['email', 'aws-access-key-id', 'payment-card'];
const condition = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CATEGORIES), fc.constantFrom('>=', '<', '>', '=='), fc.integer({ min: 0, max: 1000 }))
    .map(([category, op, n]) => `context.risk["${category}"] ${op} ${n}`),
  fc
    .tuple(fc.constantFrom(...types), fc.integer({ min: 0, max: 2 }))
    .map(([type, n]) => `context.found["${type}"] > ${n}`),
  fc.constantFrom(
    'context.request.stream',
    'context.request.tools.contains("mail")',
    'context.request.tools.containsAny(["mail", "shell"])',
    'context.request.tools == ["shell", "mail"]',
    'context.unseen.isEmpty()',
    'context.unchecked.contains("secrets")',
    'context.request.model like "gpt-*"',
    'principal.tenant == "acme"',
    'principal in Group::"staff"',
    'principal is Agent in Group::"staff"',
    'principal has onBehalfOf',
    'principal has onBehalfOf && principal.onBehalfOf in Group::"staff"',
    'principal has onBehalfOf && principal.onBehalfOf.tenant == principal.tenant',
    'principal has onBehalfOf && !(principal.onBehalfOf has onBehalfOf)',
    '(if principal has onBehalfOf then principal.onBehalfOf == User::"cy" else context.request.stream)',
    'resource is Tool',
    'resource in ToolGroup::"mail"',
    'resource in Provider::"openai"',
    'resource is Model && resource.provider.keepsData',
    'resource is Model && resource.provider.retentionDays * 92233720368547 > 30',
    'resource is DataSource && !resource.registered',
    '(if resource is Model then resource.name like "gpt*" else context.request.bodyBytes > 1000)',
    // The only errors that validated policies can have: overflow.
    'context.request.bodyBytes * 9007199254740991 > 0',
    'context.request.messages - 9007199254740991 * 1023 < context.request.bodyBytes * -1025',
    'principal is User in Group::"staff"',
    'context.request.tools.containsAll(["mail"])',
    // Left to Cedar: what the compiler doesn't know, beside what it does.
    'decimal("1.5").lessThan(decimal("2.5")) && context.request.stream',
    'ip("10.1.2.3").isInRange(ip("10.0.0.0/8")) || context.request.bodyBytes * 9007199254740991 > 0',
    'context.request.bodyBytes < 9223372036854775807',
  ),
);
const scopes = fc.constantFrom(
  'principal',
  'principal',
  'principal == Agent::"bo"',
  'principal in Group::"staff"',
  'principal is Service in Group::"ops"',
);
const resourceScopes = fc.constantFrom(
  'resource',
  'resource',
  'resource is Tool',
  'resource == Model::"gpt-5"',
  'resource in Provider::"openai"',
  'resource is Tool in ToolGroup::"mail"',
);
const clause = fc.constantFrom('when', 'unless');
const conditions = fc
  .tuple(condition, fc.constantFrom('&&', '||'), condition)
  .map(([a, op, b]) => `(${a}) ${op} !(${b})`);

const guardPolicy = fc
  .record({
    effect: fc.constantFrom(
      '@effect("flag")',
      '@effect("redact") @redact("secrets, type:email>=600")',
      '@effect("ask")',
      '@effect("block")',
    ),
    mode: fc.constantFrom('', '@mode("monitor")'),
    action: fc.oneof(
      fc.constant('action'),
      fc.constantFrom(...CHECKPOINTS).map((point) => `action == Action::"${point}"`),
      fc
        .subarray([...CHECKPOINTS], { minLength: 1 })
        .map((points) => `action in [${points.map((point) => `Action::"${point}"`).join(', ')}]`),
    ),
    principal: scopes,
    resource: resourceScopes,
    clause,
    body: fc.oneof(condition, conditions),
  })
  .map(
    ({ effect, mode, principal, action, resource, clause, body }) =>
      `${effect} ${mode} forbid (${principal}, ${action}, ${resource}) ${clause} { ${body} };`,
  );

const accessPolicy = fc
  .record({
    effect: fc.constantFrom('permit', 'permit', 'forbid'),
    mode: fc.constantFrom('', '', '@mode("monitor")'),
    principal: fc.constantFrom(
      'principal',
      'principal in Group::"staff"',
      'principal is Agent',
      'principal == User::"ann"',
    ),
    action: fc.constantFrom(
      'action',
      'action == Action::"use-model"',
      'action in [Action::"use-model", Action::"call-tool"]',
      'action == Action::"read-data"',
      'action == Action::"restore"',
    ),
    resource: resourceScopes,
    clause: fc.constantFrom('when', 'when', 'when', 'unless'),
    body: fc.constantFrom(
      'principal.tenant == "acme"',
      'context.route like "a*"',
      'resource.name != "gpt-5"',
      'true',
      'principal has onBehalfOf && principal.onBehalfOf in Group::"staff"',
      'principal has onBehalfOf && principal.onBehalfOf.name == "cy"',
      'resource is Model && resource in Provider::"openai"',
      'resource is Model && resource.provider.keepsData',
      'resource is Model && !resource.provider.registered && resource.provider.region == "unknown"',
      'resource is Model && resource.provider.retentionDays <= 30 && !resource.provider.trainsOnData',
      'resource is Model && resource.provider.approved && resource.provider.approvedBy like "a*"',
      'resource is Model && resource.provider.guardrails.containsAll(["pii", "jailbreak"])',
      'resource is Model && resource.provider.name == "openai"',
      'resource is Model && resource.provider.identity == "changed"',
      'resource is DataSource && resource.registered',
      'resource in DataGroup::"cheap"',
      'context.granted',
      'context.granted && context.grant like "grn_*"',
      '9223372036854775807 + 1 > 0',
      'context.route == "a" && datetime("2026-01-01") < datetime("2026-02-01")',
    ),
  })
  .map(
    ({ effect, mode, principal, action, resource, clause, body }) =>
      `${mode} ${effect} (${principal}, ${action}, ${resource}) ${clause} { ${body} };`,
  );

const groups = fc.array(fc.constantFrom('staff', 'ops'), { maxLength: 3 });
const tenant = fc.constantFrom('acme', 'other');
const principal = fc.record(
  {
    kind: fc.constantFrom('user' as const, 'service' as const, 'agent' as const),
    id: fc.constantFrom('ann', 'bo', 'é"\\'),
    tenant,
    groups,
    onBehalfOf: fc.record({ id: fc.constantFrom('ann', 'cy'), tenant, groups }),
  },
  { requiredKeys: ['kind', 'id', 'tenant', 'groups'] },
);
const KINDS = fc.constantFrom('model' as const, 'tool' as const, 'data-source' as const);
const registration: fc.Arbitrary<ProviderRegistration> = fc.record(
  {
    region: fc.constantFrom('eu', 'us'),
    retentionDays: fc.constantFrom(0, 30, 36_500),
    trainsOnData: fc.boolean(),
    approvedBy: fc.constantFrom('ann', 'bo'),
    approvedAt: fc.constant('2026-01-01'),
    guardrails: fc.subarray(['pii', 'jailbreak']),
  },
  { requiredKeys: ['guardrails'] },
);
const named = {
  id: fc.constantFrom('gpt-5', 'mail'),
  provider: fc.constantFrom('openai', 'demo'),
  groups: fc.array(fc.constantFrom('mail', 'cheap'), { maxLength: 2 }),
};
const resource: fc.Arbitrary<Resource> = fc.record(
  { ...named, kind: KINDS, registered: fc.boolean(), registration, identity: fc.constantFrom(...IDENTITY_STATES) },
  {
    requiredKeys: ['kind', 'id', 'provider', 'groups'],
  },
);
const guardQuestion: fc.Arbitrary<GuardQuestion> = fc.record({
  principal,
  resource,
  point: fc.constantFrom(...CHECKPOINTS),
  context: fc.record({
    request: fc.record({
      protocol: fc.constant('openai-chat'),
      route: fc.constantFrom('a', 'default'),
      model: fc.constantFrom('gpt-5', 'claude'),
      stream: fc.boolean(),
      tools: fc.array(fc.constantFrom('mail', 'shell', 'search'), { maxLength: 4 }),
      messages: fc.integer({ min: 0, max: 2_000 }),
      bodyBytes: fc.integer({ min: 0, max: 3_000_000 }),
    }),
    findings: fc.array(
      fc.record({
        category: fc.constantFrom(...CATEGORIES),
        type: fc.constantFrom(...types, 'not-in-the-catalogue'),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        detector: fc.constant('d'),
      }),
      { maxLength: 4 },
    ),
    unseen: fc.subarray(['image', 'audio']),
    unchecked: fc.subarray(['secrets']),
  }),
});
/** What an action is asked about, as its schema has it. */
const ASKED = {
  'use-model': 'model',
  'list-models': 'model',
  'call-tool': 'tool',
  'read-data': 'data-source',
} as const;
const accessQuestion: fc.Arbitrary<AccessQuestion> = fc
  .record({
    principal,
    resource,
    action: fc.constantFrom(
      'use-model' as const,
      'list-models' as const,
      'call-tool' as const,
      'read-data' as const,
      'restore' as const,
    ),
    context: fc.record(
      {
        route: fc.constantFrom('a', 'default'),
        protocol: fc.constant('openai-chat'),
        grant: fc.constantFrom('grn_1', 'other'),
        reader: fc.boolean(),
        sink: fc.constantFrom('text' as const, 'url' as const),
      },
      { requiredKeys: ['route', 'protocol', 'sink'] },
    ),
  })
  .map((question) => {
    const { action, resource: of } = question;
    return action === 'restore' ? question : { ...question, resource: { ...of, kind: ASKED[action] } };
  });

/** What Cedar's authorizer says of a whole set at once, with its own rule for permits and forbids. */
function authorizer(texts: Readonly<Record<string, string>>) {
  const parsed = cedar.preparsePolicySet('differential-set', { staticPolicies: { ...texts } });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  return (question: AccessQuestion) => {
    const answer = cedar.statefulIsAuthorized(cedarCall('differential-set', accessScene(question)));
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
    const { decision, diagnostics } = answer.response;
    return {
      verdict: decision === 'allow' ? ('allow' as const) : ('block' as const),
      policies: [...diagnostics.reason].sort(),
      errors: diagnostics.errors.map(({ policyId }) => policyId).sort(),
    };
  };
}

interface Sides {
  readonly compiled: CedarPolicyEngine;
  readonly oracle: CedarPolicyEngine;
}

function loadBoth(access: readonly string[], guard: readonly string[]): Sides {
  const sources = {
    access: [{ name: 'a.cedar', text: access.join('\n') }],
    guard: [{ name: 'g.cedar', text: guard.join('\n') }],
  };
  const [compiled, oracle] = (['compiled', 'cedar'] as const).map((evaluator) =>
    loadPolicySets(sources, { findingTypes: types, evaluator }),
  );
  if (compiled?.ok !== true || oracle?.ok !== true) throw new Error(JSON.stringify(compiled));
  return { compiled: compiled.engine, oracle: oracle.engine };
}

const accessPolicies = fc.array(accessPolicy, { minLength: 1, maxLength: 8 });
/** Overflows: few of the sets that are drawn fail at all. */
const FAILING = 'permit (principal, action, resource) when { 9223372036854775807 + 1 > 0 };';
const failingSets = fc.tuple(accessPolicies, fc.boolean()).map(([all, fails]) => (fails ? [...all, FAILING] : all));
const pairs = fc.array(fc.tuple(accessQuestion, guardQuestion), { minLength: PAIRS_PER_SET, maxLength: PAIRS_PER_SET });

describe('CedarPolicyEngine', () => {
  it('decides alike compiled and through Cedar, for validated sets of policies', () => {
    const seen = new Map<string, number>();
    const count = (word: string) => seen.set(word, (seen.get(word) ?? 0) + 1);
    const guardPolicies = fc.array(guardPolicy, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(accessPolicies, guardPolicies, pairs, (access, guard, questions) => {
        const { compiled, oracle } = loadBoth(access, guard);
        expect(oracle.coverage().compiled).toEqual([]);
        if (compiled.coverage().cedar.length > 0 && compiled.coverage().compiled.length > 0) count('both');
        for (const [one, other] of questions) {
          expect(compiled.access(one)).toEqual(oracle.access(one));
          const guarded = compiled.guard(other);
          expect(guarded).toEqual(oracle.guard(other));
          count(guarded.verdict);
          if (guarded.errors.length > 0) count('errors');
        }
      }),
      { numRuns: SETS, endOnFailure: true },
    );
    expect([...seen.keys()].sort()).toEqual(['allow', 'ask', 'block', 'both', 'errors']);
  }, 3_600_000);

  it('permits, names and fails as Cedar’s own authorizer does, where nothing is only monitored', () => {
    const seen = { allow: 0, block: 0, errors: 0 };
    fc.assert(
      fc.property(failingSets, pairs, (policies, questions) => {
        const access = policies.map((text) => text.replace('@mode("monitor")', ''));
        const { compiled } = loadBoth(access, []);
        const authorize = authorizer(Object.fromEntries(access.map((text, index) => [`access/a#${index + 1}`, text])));
        for (const [question] of questions) {
          const expected = authorize(question);
          const { verdict, policies: named, errors } = compiled.access(question);
          expect([...errors].sort()).toEqual(expected.errors);
          // A policy that fails denies here; Cedar leaves it out.
          if (errors.length > 0) expect(verdict).toBe('block');
          else expect({ verdict, policies: [...named].sort() }).toEqual({ ...expected, errors: undefined });
          seen[verdict === 'allow' ? 'allow' : 'block'] += 1;
          if (errors.length > 0) seen.errors += 1;
        }
      }),
      { numRuns: Math.ceil(SETS / 4), endOnFailure: true },
    );
    expect(Math.min(seen.allow, seen.block, seen.errors)).toBeGreaterThan(0);
  }, 3_600_000);
});
