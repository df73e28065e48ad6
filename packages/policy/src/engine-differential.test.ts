import { CATEGORIES, CHECKPOINTS, type GuardQuestion } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPolicySets } from './load.ts';

/** Random sets, ten questions to each; the environment variable asks for more. */
const RUNS = Number(process.env.SALLYPORT_DIFFERENTIAL_RUNS ?? 1_000) / 10;

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
    '(if resource is Model then resource.name like "gpt*" else context.request.bodyBytes > 1000)',
    // The only errors that validated policies can have: overflow.
    'context.request.bodyBytes * 9007199254740991 > 0',
    'context.request.messages - 9007199254740991 * 1023 < context.request.bodyBytes * -1025',
  ),
);
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
    body: fc.oneof(condition, conditions),
  })
  .map(
    ({ effect, mode, action, body }) => `${effect} ${mode} forbid (principal, ${action}, resource) when { ${body} };`,
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
      'action == Action::"restore"',
    ),
    body: fc.constantFrom(
      'principal.tenant == "acme"',
      'context.route like "a*"',
      'resource.name != "gpt-5"',
      'true',
      'principal has onBehalfOf && principal.onBehalfOf in Group::"staff"',
      'principal has onBehalfOf && principal.onBehalfOf.name == "cy"',
      'resource is Model && resource in Provider::"openai"',
      '9223372036854775807 + 1 > 0',
    ),
  })
  .map(
    ({ effect, mode, principal, action, body }) =>
      `${mode} ${effect} (${principal}, ${action}, resource) when { ${body} };`,
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
const resource = fc.record({
  kind: fc.constantFrom('model' as const, 'tool' as const, 'data-source' as const),
  id: fc.constantFrom('gpt-5', 'mail'),
  provider: fc.constantFrom('openai', 'demo'),
  groups: fc.array(fc.constantFrom('mail', 'cheap'), { maxLength: 2 }),
});
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
const accessQuestion = fc.record({
  principal,
  resource,
  action: fc.constantFrom('use-model' as const, 'list-models' as const, 'call-tool' as const, 'restore' as const),
  context: fc.record({
    route: fc.constantFrom('a', 'default'),
    protocol: fc.constant('openai-chat'),
    sink: fc.constantFrom('text' as const, 'url' as const),
  }),
});

describe('CedarPolicyEngine', () => {
  it('decides alike compiled and through Cedar, for validated sets of policies', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.array(accessPolicy, { minLength: 1, maxLength: 6 }),
        fc.array(guardPolicy, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(accessQuestion, guardQuestion), { minLength: 10, maxLength: 10 }),
        (access, guard, questions) => {
          const sources = {
            access: [{ name: 'a.cedar', text: access.join('\n') }],
            guard: [{ name: 'g.cedar', text: guard.join('\n') }],
          };
          const compiled = loadPolicySets(sources, { findingTypes: types });
          const oracle = loadPolicySets(sources, { findingTypes: types, evaluator: 'cedar' });
          expect(compiled.ok ? [] : compiled.problems).toEqual([]);
          if (!compiled.ok || !oracle.ok) return;
          expect(oracle.engine.coverage().compiled).toEqual([]);
          for (const [one, other] of questions) {
            const decision = compiled.engine.access(one);
            expect(decision).toEqual(oracle.engine.access(one));
            const guarded = compiled.engine.guard(other);
            expect(guarded).toEqual(oracle.engine.guard(other));
            seen.set(guarded.verdict, (seen.get(guarded.verdict) ?? 0) + 1);
            if (guarded.errors.length > 0) seen.set('errors', (seen.get('errors') ?? 0) + 1);
          }
        },
      ),
      { numRuns: Math.ceil(RUNS) },
    );
    expect([...seen.keys()].sort()).toEqual(['allow', 'ask', 'block', 'errors']);
  }, 600_000);
});
