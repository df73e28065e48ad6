import { type AccessQuestion, CHECKPOINTS, effectOf, type GuardQuestion } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { CedarPolicyEngine } from './engine.ts';
import { loadPolicySets } from './load.ts';
import { probeQuestion } from './probe.ts';

function engineOf(sets: { access?: string; guard?: string }): CedarPolicyEngine {
  const result = loadPolicySets(
    { access: [{ name: 'a.cedar', text: sets.access ?? '' }], guard: [{ name: 'g.cedar', text: sets.guard ?? '' }] },
    { findingTypes: ['email', 'phone', 'jwt'] },
  );
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.engine;
}

function ask(
  findings: GuardQuestion['context']['findings'] = [],
  request: Partial<GuardQuestion['context']['request']> = {},
): GuardQuestion {
  const question = probeQuestion('input', 'custom', { request });
  return { ...question, context: { ...question.context, findings } };
}

const email = { category: 'personal-data', type: 'email', score: 0.9, detector: 'personal-data' } as const;
const phone = { category: 'personal-data', type: 'phone', score: 0.4, detector: 'personal-data' } as const;
const jwt = { category: 'secrets', type: 'jwt', score: 0.8, detector: 'secrets' } as const;

const useModel: AccessQuestion = {
  principal: { kind: 'user', id: 'ann', tenant: 'acme', groups: ['staff'] },
  action: 'use-model',
  resource: { kind: 'model', id: 'gpt-5', provider: 'openai', groups: ['frontier'] },
  context: { route: 'default', protocol: 'openai-chat' },
};

describe('CedarPolicyEngine.access()', () => {
  it('refuses what no policy permits', () => {
    const engine = engineOf({ access: 'permit (principal in Group::"ops", action, resource);' });
    expect(engine.access(useModel)).toEqual({
      verdict: 'block',
      flags: [],
      redact: [],
      policies: [],
      monitored: [],
      policySet: engine.policySet,
      errors: [],
    });
  });

  it.each([
    'principal in Group::"staff"',
    'principal == User::"ann"',
    'principal is User',
    'principal is User in Group::"staff"',
  ])('permits `%s`, and names the policy', (scope) => {
    const decision = engineOf({
      access: `@id("x") permit (${scope}, action == Action::"use-model", resource);`,
    }).access(useModel);
    expect([decision.verdict, decision.policies]).toEqual(['allow', ['x']]);
  });

  it.each(['resource in ModelGroup::"frontier"', 'resource in Provider::"openai"', 'resource == Model::"gpt-5"'])(
    'knows the groups of a model: `%s`',
    (scope) => {
      expect(engineOf({ access: `permit (principal, action, ${scope});` }).access(useModel).verdict).toBe('allow');
    },
  );

  it('lets a forbid win over any permit, and names it alone', () => {
    const engine = engineOf({
      access:
        '@id("p") permit (principal, action, resource); @id("f") forbid (principal, action, resource) when { resource.name like "gpt-*" };',
    });
    const decision = engine.access(useModel);
    expect([decision.verdict, decision.policies]).toEqual(['block', ['f']]);
  });

  it('only reports policies in monitor mode', () => {
    const engine = engineOf({
      access:
        '@id("p") permit (principal, action, resource); @id("m") @mode("monitor") forbid (principal, action, resource);',
    });
    const decision = engine.access(useModel);
    expect([decision.verdict, decision.policies, decision.monitored]).toEqual(['allow', ['p'], ['m']]);
    const onlyMonitored = engineOf({
      access: '@id("m") @mode("monitor") permit (principal, action, resource);',
    }).access(useModel);
    expect([onlyMonitored.verdict, onlyMonitored.monitored]).toEqual(['block', ['m']]);
  });

  it('refuses when a policy fails, although another one permits', () => {
    const engine = engineOf({
      access:
        'permit (principal, action, resource); @id("e") permit (principal, action == Action::"use-model", resource) when { 9223372036854775807 + 1 > 0 };',
    });
    const decision = engine.access(useModel);
    expect([decision.verdict, decision.errors]).toEqual(['block', ['e']]);
  });

  it('refuses a restore that names no sink', () => {
    const engine = engineOf({
      access: '@id("r") permit (principal, action == Action::"restore", resource) when { context.sink == "text" };',
    });
    const { verdict, errors } = engine.access({ ...useModel, action: 'restore' });
    expect([verdict, errors]).toEqual(['block', ['r']]);
    expect(
      engine.access({ ...useModel, action: 'restore', context: { ...useModel.context, sink: 'text' } }).verdict,
    ).toBe('allow');
    expect(
      engine.access({ ...useModel, action: 'restore', context: { ...useModel.context, sink: 'url' } }).verdict,
    ).toBe('block');
  });
});

describe('CedarPolicyEngine.guard()', () => {
  it('allows what nothing forbids', () => {
    const engine = engineOf({
      guard: '@effect("block") forbid (principal, action, resource) when { context.risk.secrets >= 801 };',
    });
    expect(engine.guard(ask([jwt]))).toEqual({
      verdict: 'allow',
      flags: [],
      redact: [],
      policies: [],
      monitored: [],
      policySet: engine.policySet,
      errors: [],
    });
  });

  it('takes the strongest verdict, and adds the obligations up', () => {
    const engine = engineOf({
      guard: `
        @id("f") @effect("flag") forbid (principal, action, resource) when { context.found.email > 0 };
        @id("r") @effect("redact") @redact("personal-data") forbid (principal, action, resource) when { context.found.email > 0 };
        @id("s") @effect("redact") @redact("type:jwt") forbid (principal, action, resource) when { context.found.jwt == 1 };
        @id("a") @effect("ask") forbid (principal, action, resource) when { context.risk.secrets >= 800 };
        @id("b") @effect("block") forbid (principal, action == Action::"output", resource);`,
    });
    const decision = engine.guard(ask([jwt, email, phone]));
    expect(decision).toMatchObject({ verdict: 'ask', flags: ['f'], redact: [0, 1, 2], policies: ['f', 'r', 's', 'a'] });
    expect(engine.guard({ ...ask([email]), point: 'output' })).toMatchObject({
      verdict: 'block',
      redact: [0],
      policies: ['f', 'r', 'b'],
    });
  });

  it('redacts only findings that a policy which held names, from its lowest score on', () => {
    const engine = engineOf({
      guard: `
        @effect("redact") @redact("personal-data>=500") forbid (principal, action, resource);
        @effect("redact") @redact("secrets") forbid (principal, action == Action::"output", resource);`,
    });
    expect(engine.guard(ask([phone, jwt, email])).redact).toEqual([2]);
  });

  it('reports monitored policies apart and does nothing about them', () => {
    const engine = engineOf({
      guard: `
        @id("m") @mode("monitor") @effect("block") forbid (principal, action, resource);
        @id("n") @mode("monitor") @effect("redact") @redact("personal-data") forbid (principal, action, resource);`,
    });
    const decision = engine.guard(ask([email]));
    expect([effectOf(decision), decision.policies, decision.monitored]).toEqual(['allow', [], ['m', 'n']]);
  });

  it('blocks when an enforced policy fails, and only reports a monitored one that does', () => {
    const overflow = 'forbid (principal, action, resource) when { context.request.bodyBytes * 9007199254740991 > 0 };';
    const question = ask([], { bodyBytes: 1_000_000 });
    const enforced = engineOf({ guard: `@id("e") @effect("flag") ${overflow}` }).guard(question);
    expect([enforced.verdict, enforced.errors]).toEqual(['block', ['e']]);
    const monitored = engineOf({ guard: `@id("e") @mode("monitor") @effect("flag") ${overflow}` }).guard(question);
    expect([monitored.verdict, monitored.errors]).toEqual(['allow', ['e']]);
  });

  it('blocks, instead of rounding, when a fact that a policy reads is no integer', () => {
    const engine = engineOf({
      guard: '@effect("flag") forbid (principal, action, resource) when { context.request.messages > 5 };',
    });
    expect(engine.guard(ask([], { messages: 1.5 })).verdict).toBe('block');
    expect(engine.guard(ask([], { messages: Number.NaN })).verdict).toBe('block');
  });

  it('reads every fact of the question', () => {
    const conditions = [
      'context.request.route == "r" && context.request.protocol == "p" && context.request.model == "m"',
      'context.request.stream && context.request.messages == 3 && context.request.bodyBytes == 77',
      'context.request.tools.contains("mail") && !context.request.tools.contains("shell")',
      'context.unseen == ["image"] && context.unchecked.contains("secrets")',
      'principal.name == "ann" && principal.tenant == "acme" && principal in Group::"staff"',
      'resource is Tool && resource.name == "mail" && resource in ToolGroup::"sink"',
      'context.risk["personal-data"] == 900 && context.risk.injection == 0',
      'context.found.email == 2 && context.found.phone == 0',
    ];
    const guard = conditions
      .map((condition) => `@effect("flag") forbid (principal, action, resource) when { ${condition} };`)
      .join('\n');
    const decision = engineOf({ guard }).guard({
      principal: useModel.principal,
      point: 'tool-call',
      resource: { kind: 'tool', id: 'mail', groups: ['sink'] },
      context: {
        request: { route: 'r', protocol: 'p', model: 'm', stream: true, tools: ['mail'], messages: 3, bodyBytes: 77 },
        findings: [email, email, { ...jwt, type: 'not-in-the-catalogue' }],
        unseen: ['image'],
        unchecked: ['secrets'],
      },
    });
    expect(decision.flags).toEqual(conditions.map((_, index) => `guard/g#${index + 1}`));
  });

  it('shares nothing that a caller could change with later decisions', () => {
    const engine = engineOf({ guard: '@id("f") @effect("flag") forbid (principal, action, resource);' });
    const first = engine.guard(ask());
    for (const list of [first.flags, first.policies, first.redact, first.monitored, first.errors]) {
      try {
        (list as string[]).push('x');
      } catch {
        // Frozen.
      }
    }
    expect(engine.guard(ask())).toMatchObject({ flags: ['f'], policies: ['f'], redact: [], monitored: [], errors: [] });
    expect(() => (engine.access(useModel).policies as string[]).push('x')).toThrow(TypeError);
    expect(engine.access(useModel)).toMatchObject({ policies: [], monitored: [], errors: [] });
  });
});

describe('a policy that puts content under lock', () => {
  const keep =
    '@id("keep") @effect("flag") @capture("raw: block") forbid (principal, action == Action::"output", resource);';
  const vault = `@id("vault") @effect("redact") @redact("type:email") @vault("keep")
    forbid (principal, action == Action::"input", resource);`;

  it('says what, where it holds', () => {
    const engine = engineOf({ guard: `${keep} ${keep.replace('keep', 'other').replace('raw: block', 'redacted')}` });
    expect(engine.guard({ ...ask([email]), point: 'output' }).capture).toEqual([
      { form: 'raw', effects: ['block'] },
      { form: 'redacted' },
    ]);
    expect(engine.guard({ ...ask([email]), point: 'input' })).not.toHaveProperty('capture');
  });

  it('says of which values, of those that it redacts itself', () => {
    const both = `${vault} @id("more") @effect("redact") @redact("secrets") forbid (principal, action, resource);`;
    const decision = engineOf({ guard: both }).guard({ ...ask([jwt, email]), point: 'input' });
    expect([decision.redact, decision.vault]).toEqual([[0, 1], [1]]);
    expect(engineOf({ guard: vault }).guard({ ...ask([jwt]), point: 'input' })).not.toHaveProperty('vault');
  });

  it('is known beforehand by its checkpoints, unless it only monitors', () => {
    expect([...(engineOf({ guard: `${keep} ${vault}` }).captures ?? [])]).toEqual(['input', 'output']);
    const all = '@effect("flag") @capture("raw") forbid (principal, action, resource);';
    expect(engineOf({ guard: all }).captures?.size).toBe(CHECKPOINTS.length);
    const monitored = engineOf({ guard: `@mode("monitor") ${all}` });
    expect(monitored.captures).toBeUndefined();
    expect(monitored.guard({ ...ask([email]), point: 'input' })).not.toHaveProperty('capture');
  });
});

describe('a policy that spotlights', () => {
  const guard = `
    @id("spot") @effect("flag") @spotlight("datamark")
    forbid (principal, action, resource) when { context.found.email > 0 };`;
  const at = (engine: CedarPolicyEngine, point: GuardQuestion['point'], findings = [email]) =>
    engine.guard({ ...ask(findings), point }).spotlight;

  it('says so of results of tools, where it holds', () => {
    const engine = engineOf({ guard });
    expect([at(engine, 'tool-result'), at(engine, 'input'), at(engine, 'tool-result', [])]).toEqual([
      'datamark',
      undefined,
      undefined,
    ]);
  });

  it('does nothing in monitor mode', () => {
    expect(at(engineOf({ guard: guard.replace('@id', '@mode("monitor") @id') }), 'tool-result')).toBeUndefined();
  });
});

describe('CedarPolicyEngine.coverage()', () => {
  it('lists what Cedar evaluates itself, and those policies work', () => {
    const engine = engineOf({
      access: '@id("p") permit (principal, action, resource) when { decimal("1.5").lessThan(decimal("2.0")) };',
      guard: `
        @id("c") @effect("flag") forbid (principal, action, resource) when { context.request.bodyBytes < 9007199254740993 };
        @id("q") @effect("flag") forbid (principal, action, resource);
        @id("d") @effect("block") forbid (principal, action == Action::"output", resource) when { ip("127.0.0.1").isLoopback() };`,
    });
    expect(engine.coverage()).toEqual({
      compiled: ['q'],
      cedar: [
        { id: 'p', reason: '`lessThan`' },
        { id: 'c', reason: 'an integer beyond 2^53' },
        { id: 'd', reason: '`isLoopback`' },
      ],
    });
    expect(engine.access(useModel)).toMatchObject({ verdict: 'allow', policies: ['p'] });
    expect(engine.guard(ask())).toMatchObject({ verdict: 'allow', policies: ['c', 'q'] });
    expect(engine.guard({ ...ask(), point: 'output' })).toMatchObject({ verdict: 'block', policies: ['c', 'q', 'd'] });
  });
});

describe('CedarPolicyEngine.message()', () => {
  it('gives the words of a policy that determined the refusal, not of a flag', () => {
    const engine = engineOf({
      guard: `
        @effect("flag") @message("only seen") forbid (principal, action, resource);
        @effect("block") @message("no e-mail, please") forbid (principal, action, resource) when { context.found.email > 0 };`,
    });
    expect(engine.message(engine.guard(ask([email])))).toBe('no e-mail, please');
    expect(engine.message(engine.guard(ask()))).toBeUndefined();
  });
});
