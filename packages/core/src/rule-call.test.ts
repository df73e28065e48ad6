import { describe, expect, it } from 'vitest';
import type { Judge } from './decide.ts';
import type { Decision, GuardQuestion, PolicyEngine } from './decision.ts';
import type { CallFlow, MemoryFacts } from './flow-facts.ts';
import { POISONING_RISK } from './poisoned-memory.ts';
import { asksHuman, ruleCall } from './rule-call.ts';

const ACTION = 'mcp/bank/send_money';

const decided = (over: Partial<Decision> = {}): Decision => ({
  verdict: 'allow',
  flags: [],
  redact: [],
  policies: [],
  monitored: [],
  policySet: 'set',
  errors: [],
  ...over,
});

/** Says one thing of a call as any call, and another of it as one of its tool. */
function engineOf(asAny: Partial<Decision>, asItself: Partial<Decision>, named = [ACTION]) {
  const asked: GuardQuestion[] = [];
  const engine: PolicyEngine = {
    policySet: 'set',
    ...(named.length > 0 && { typedActions: new Set(named) }),
    access: () => decided(),
    guard: (question) => {
      asked.push(question);
      return decided(question.typed === undefined ? asAny : asItself);
    },
    message: (decision) => decision.policies[0],
  };
  return { engine, asked };
}

const finding = {
  detector: 'd',
  category: 'personal-data',
  type: 'email',
  score: 1,
  span: { start: 0, end: 5 },
  via: [],
  fingerprint: 'f',
} as const;

const flowOf = (memory: MemoryFacts | undefined): CallFlow => ({
  arguments: [],
  truncated: false,
  facts: {
    tool: {
      name: 'save_note',
      defined: true,
      effect: 'write',
      outward: false,
      destructive: false,
      ...(memory && { memory }),
    },
    action: { source: 'user' },
    flow: {},
    session: {
      tainted: true,
      ruleOfTwo: { untrusted: true, private: false, outward: true, count: 2 },
      calls: { total: 0, writes: 0, sameTool: 0, sameToolWithin10: 0, formerly: [] },
    },
  },
});

function rule(
  engine: PolicyEngine,
  { action = ACTION, flow }: { readonly action?: string | null; readonly flow?: CallFlow } = {},
) {
  const judge: Judge = {
    engine,
    principal: { kind: 'agent', id: 'a', tenant: 't', groups: [] },
    resource: { kind: 'model', id: 'm', groups: [] },
    facts: { protocol: 'mcp', route: 'mcp/bank', model: '', stream: false, tools: [], messages: 1, bodyBytes: 1 },
    postureOf: () => 'closed',
  };
  const typed = action === null ? undefined : { action, arguments: { recipient: 'DE89-SECRET' } };
  const called = { name: 'send_money', where: 'call/arguments', ...(typed && { typed }) };
  const found = [{ finding }, { finding }, { finding }];
  const given = '{"recipient":"DE89-SECRET"}';
  return ruleCall(judge, called, { found, lines: [], given, ...(flow && { flow }) });
}

describe('ruleCall()', () => {
  it('asks about the arguments only where policies name the tool', () => {
    for (const [named, action] of [
      [[], ACTION],
      [['mcp/bank/other'], ACTION],
      [[ACTION], null],
    ] as const) {
      const { engine, asked } = engineOf({ policies: ['any'] }, { verdict: 'block' }, [...named]);
      const { guard, decided: call } = rule(engine, { action });
      expect([asked.length, call.rulings.length, guard.decision.policies]).toEqual([1, 2, ['any']]);
    }
  });

  it('asks both questions about the same findings, and records both without the arguments', () => {
    const { engine, asked } = engineOf({ policies: ['any'] }, { policies: ['own'] });
    const { decided: call } = rule(engine);
    expect(asked.map(({ point, typed }) => [point, typed])).toEqual([
      ['tool-call', undefined],
      ['tool-call', { action: ACTION, arguments: { recipient: 'DE89-SECRET' } }],
    ]);
    expect(asked[0]?.context).toEqual(asked[1]?.context);
    const recorded = call.rulings.map((ruling) => ruling.recorded);
    expect(recorded.map(({ question }) => 'typedAction' in question && question.typedAction)).toEqual([
      false,
      false,
      ACTION,
    ]);
    expect(JSON.stringify(recorded)).not.toContain('SECRET');
  });

  it.each([
    [{ use: 'write', untrusted: true, risk: POISONING_RISK }, [POISONING_RISK / 1000]],
    [{ use: 'both', untrusted: true, risk: 1_000 }, [1]],
    [{ use: 'write', untrusted: true, risk: POISONING_RISK - 1 }, []],
    [{ use: 'write', untrusted: false, risk: 1_000 }, []],
    [undefined, []],
  ] as const)('finds of a call that does %o to a memory, behind what was found in its text: %o', (memory, scores) => {
    const { engine, asked } = engineOf({}, {});
    const { decided: call } = rule(engine, { flow: flowOf(memory) });
    const found = asked[0]?.context.findings ?? [];
    expect(found.map(({ type, score }) => [type, score])).toEqual([
      ...Array(3).fill(['email', 1]),
      ...scores.map((score) => ['memory-poisoning', score]),
    ]);
    expect(JSON.stringify(call.rulings.map(({ recorded }) => recorded)).includes('memory-poisoning')).toBe(
      scores.length > 0,
    );
  });

  it.each([
    ['allow', 'block', 'block'],
    ['ask', 'block', 'block'],
    ['block', 'allow', 'block'],
    ['ask', 'allow', 'ask'],
    ['allow', 'ask', 'ask'],
    ['allow', 'allow', 'allow'],
  ] as const)('lets the stricter of %s and %s count', (asAny, asItself, verdict) => {
    const { engine } = engineOf({ verdict: asAny, policies: ['any'] }, { verdict: asItself, policies: ['own'] });
    const ruled = rule(engine);
    expect(ruled.guard.decision.verdict).toBe(verdict);
    expect(ruled.decided.effect).toBe(verdict);
    expect(asksHuman(ruled)).toBe(verdict === 'ask');
    const rank = ['allow', 'ask', 'block'];
    const stricter = rank.indexOf(asItself) > rank.indexOf(asAny) ? 'own' : 'any';
    expect(engine.message(ruled.guard.decision)).toBe(stricter);
    expect([...ruled.guard.decision.policies].sort()).toEqual(['any', 'own']);
  });

  it('does what either wants done, once', () => {
    const { engine } = engineOf(
      { flags: ['f'], redact: [0, 2], vault: [2], monitored: ['m'], errors: ['e'], capture: [{ form: 'raw' }] },
      {
        flags: ['f', 'g'],
        redact: [1, 2],
        vault: [1],
        monitored: ['n'],
        errors: ['e'],
        capture: [{ form: 'redacted' }],
      },
    );
    const { guard, decided: call } = rule(engine);
    expect(guard.decision).toEqual(
      decided({
        flags: ['f', 'g'],
        redact: [0, 1, 2],
        vault: [2, 1],
        monitored: ['m', 'n'],
        errors: ['e'],
        capture: [{ form: 'raw' }, { form: 'redacted' }],
      }),
    );
    expect([guard.effect, call.effect]).toEqual(['redact', 'redact']);
    const told = call.rulings.slice(1).map((ruling) => ruling.decision.redact);
    expect(told).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });
});
