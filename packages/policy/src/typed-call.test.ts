import { effectOf, type GuardQuestion } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { CedarPolicyEngine } from './engine.ts';
import { loadPolicySets } from './load.ts';
import { probe, probeQuestion } from './probe.ts';

const ACTION = 'mcp/bank/send_money';
const SCHEMA = {
  type: 'object',
  properties: {
    amount: { type: 'integer' },
    rate: { type: 'number' },
    recipient: { type: 'string' },
  },
  required: ['amount'],
};

function engineOf(guard: string, evaluator: 'compiled' | 'cedar' = 'compiled'): CedarPolicyEngine {
  const loaded = loadPolicySets(
    { access: [], guard: [{ name: 'g.cedar', text: guard }] },
    { findingTypes: ['email'], toolSchemas: { [ACTION]: JSON.stringify(SCHEMA) }, evaluator },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine;
}

const policy = (condition: string, said = '@id("p") @effect("block")') =>
  `${said} forbid (principal, action == Action::"${ACTION}", resource) when { ${condition} };`;

const email = { category: 'personal-data', type: 'email', score: 0.9, detector: 'personal-data' } as const;

function call(given: unknown, action = ACTION): GuardQuestion {
  const resource = { kind: 'tool', id: 'send_money', groups: ['mcp/bank'] } as const;
  const question = probeQuestion('tool-call', 'custom', { resource });
  return { ...question, typed: { action, arguments: given }, context: { ...question.context, findings: [email] } };
}

function plain(given: GuardQuestion): GuardQuestion {
  const { typed: _left, ...question } = given;
  return question;
}

describe('CedarPolicyEngine.guard() of a typed call', () => {
  it.each([
    ['context.arguments.amount > 1000', { amount: 1_001 }, { amount: 1_000 }],
    ['context.arguments.amount > 1000', { amount: 2n ** 62n }, { amount: -(2n ** 62n) }],
    [
      'context.arguments has recipient && context.arguments.recipient like "DE*"',
      { amount: 1, recipient: 'DE1' },
      { amount: 1 },
    ],
    [
      'context.arguments has rate && context.arguments.rate.greaterThan(decimal("1.5"))',
      { amount: 1, rate: 1.5001 },
      { amount: 1, rate: 1.5 },
    ],
    ['context.found.email == 1 && context.arguments.amount == 7', { amount: 7 }, { amount: 8 }],
    [
      `action == Action::"${ACTION}" && resource in ToolGroup::"mcp/bank" && context.arguments.amount != 0`,
      { amount: 1 },
      { amount: 0 },
    ],
  ])('holds by the arguments: `%s`', (condition, held, passed) => {
    for (const evaluator of ['compiled', 'cedar'] as const) {
      const engine = engineOf(policy(condition), evaluator);
      if (evaluator === 'cedar' && typeof held.amount === 'bigint') continue;
      expect([engine.guard(call(held)).policies, engine.guard(call(passed)).policies]).toEqual([['p'], []]);
    }
  });

  it('leaves to Cedar what the compiler does not know, and says so', () => {
    const engine = engineOf(policy('context.arguments has rate && context.arguments.rate.lessThan(decimal("0.5"))'));
    expect(engine.coverage()).toEqual({ compiled: [], cedar: [{ id: 'p', reason: '`lessThan`' }] });
    expect(engine.guard(call({ amount: 1, rate: 0.25 })).policies).toEqual(['p']);
  });

  it('asks those that name the tool, and no others', () => {
    const engine = engineOf(`
      ${policy('context.arguments.amount > 5')}
      @id("any") @effect("flag") forbid (principal, action, resource);
      @id("calls") @effect("flag") forbid (principal, action == Action::"tool-call", resource);
      @id("both") @effect("flag") forbid (principal, action in [Action::"tool-call", Action::"${ACTION}"], resource);`);
    expect(engine.typedActions).toEqual(new Set([ACTION]));
    expect(engine.guard(call({ amount: 6 })).policies).toEqual(['p', 'both']);
    expect(engine.guard(plain(call({ amount: 6 }))).policies).toEqual(['any', 'calls', 'both']);
    expect(engine.guard(call({ amount: 6 }, 'mcp/bank/other'))).toMatchObject({ verdict: 'allow', policies: [] });
    expect(engineOf('@effect("flag") forbid (principal, action, resource);').typedActions).toBeUndefined();
  });

  it.each([
    [{ amount: '7' }],
    [{}],
    [{ amount: 7, recipient: 7 }],
    [{ amount: Number.NaN }],
    [null],
    [undefined],
    ['{"amount":7}'],
    [[7]],
  ])('fails every policy for arguments of another form: %j', (given) => {
    const guard = `${policy('context.found.email > 5')} ${policy('context.found.email > 5', '@id("m") @mode("monitor") @effect("flag")')}
      ${policy('decimal("1.0").lessThan(decimal("0.5"))', '@id("c") @effect("flag")')}`;
    for (const evaluator of ['compiled', 'cedar'] as const) {
      expect(engineOf(guard, evaluator).guard(call(given))).toMatchObject({
        verdict: 'block',
        policies: [],
        errors: ['p', 'm', 'c'],
      });
    }
    const monitored = engineOf(policy('true', '@id("m") @mode("monitor") @effect("block")'));
    expect(monitored.guard(call(given))).toMatchObject({ verdict: 'allow', errors: ['m'] });
  });

  it.each([
    ['amount > 1000', { amount: 1e30 }],
    ['amount < 1000', { amount: -1e30 }],
    ['rate.greaterThan(decimal("1000.0"))', { amount: 1, rate: 1e30 }],
    ['rate.greaterThan(decimal("1000.0"))', { amount: 1, rate: 1_000.00001 }],
  ])('stops a number that is too large, or too fine, to be compared: `%s` with %j', (test, given) => {
    const of = test.startsWith('rate') ? 'context.arguments has rate && ' : '';
    for (const evaluator of ['compiled', 'cedar'] as const) {
      const engine = engineOf(policy(`${of}context.arguments.${test}`), evaluator);
      expect(engine.guard(call(given))).toMatchObject({ verdict: 'block', errors: ['p'] });
    }
    const other = engineOf(policy('context.arguments has recipient && context.arguments.recipient == "x"'));
    expect(other.guard(call(given)).verdict).toBe('allow');
  });

  it('acts by every effect', () => {
    const engine = engineOf(`
      ${policy('context.arguments.amount > 0', '@id("f") @effect("flag")')}
      ${policy('context.arguments.amount > 1', '@id("r") @effect("redact") @redact("personal-data") @vault("keep")')}
      ${policy('context.arguments.amount > 2', '@id("a") @effect("ask") @message("too much") @capture("raw")')}
      ${policy('context.arguments.amount > 3', '@id("m") @mode("monitor") @effect("block")')}
      ${policy('context.arguments.amount > 4', '@id("b") @effect("block") @message("far too much")')}`);
    const effects = [0, 1, 2, 3, 5].map((amount) => effectOf(engine.guard(call({ amount }))));
    expect(effects).toEqual(['allow', 'flag', 'redact', 'ask', 'block']);
    const decision = engine.guard(call({ amount: 4 }));
    expect(decision).toMatchObject({
      flags: ['f'],
      redact: [0],
      vault: [0],
      capture: [{ form: 'raw' }],
      monitored: ['m'],
    });
    expect(engine.message(decision)).toBe('too much');
  });

  it('says beforehand that something of a call may be put under lock', () => {
    const engine = engineOf(policy('context.arguments.amount > 2', '@effect("flag") @capture("raw")'));
    expect(engine.captures).toEqual(new Set(['tool-call']));
  });

  it('counts for no protection: the probes name no tool', () => {
    const report = probe(engineOf(policy('true')));
    expect(report.unprotected).toHaveLength(report.results.length);
  });
});
