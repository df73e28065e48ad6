import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type LoadOptions, loadPolicySets } from './load.ts';
import { describeProblem } from './problem.ts';
import { TOOL_CALL_FIELDS } from './schema.ts';

const SEND = {
  type: 'object',
  properties: {
    amount: { type: 'integer' },
    rate: { type: 'number' },
    recipient: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    to: { type: 'object', properties: { iban: { type: 'string' }, bank: { type: 'string' } }, required: ['iban'] },
    anything: true,
  },
  required: ['amount', 'rate', 'tags', 'to', 'anything'],
};
const SCHEMAS = {
  'mcp/bank/send_money': JSON.stringify(SEND),
  'mcp/bank/balance': JSON.stringify({ type: 'object', properties: { account: { type: 'string' } } }),
  'mcp/bank/odd': JSON.stringify({ type: 'string' }),
};

const policy = (condition: string, scope = 'action == Action::"mcp/bank/send_money"') =>
  `@effect("block")\nforbid (principal, ${scope}, resource)\nwhen { ${condition} };`;

function load(guard: string, toolSchemas: LoadOptions['toolSchemas'] = SCHEMAS, access = '') {
  return loadPolicySets(
    { access: [{ name: 'a.cedar', text: access }], guard: [{ name: 'g.cedar', text: guard }] },
    { findingTypes: ['email'], toolSchemas },
  );
}

function problemsOf(...given: Parameters<typeof load>): readonly string[] {
  const loaded = load(...given);
  return loaded.ok ? [] : loaded.problems.map(describeProblem);
}

function hashOf(...given: Parameters<typeof load>): string {
  const loaded = load(...given);
  return loaded.ok ? loaded.engine.policySet : 'not loaded';
}

describe('loadPolicySets() with tools', () => {
  it.each([
    'context.arguments.amount > 1000',
    'context.arguments.rate.lessThan(decimal("1.5"))',
    'context.arguments has recipient && context.arguments.recipient like "*@corp.example"',
    'context.arguments.tags.contains("x") && !context.arguments.tags.isEmpty()',
    'context.arguments.to.iban like "DE*"',
    'context.arguments has to.bank && context.arguments.to.bank == "x"',
    'context.found.email > 0 && context.flow.destination.source == "free" && context.session.tainted',
    'resource in ToolGroup::"mcp/bank" && principal in Group::"clerks" && context.request.route == "mcp/bank"',
  ])('takes what fits the types: `%s`', (condition) => {
    expect(problemsOf(policy(condition))).toEqual([]);
  });

  it.each([
    ['context.arguments.amount == "1000"', /^guard\/g\.cedar:3:8 validation: the types Long and String are not compat/],
    ['context.arguments.amount > 10.5', /^guard\/g\.cedar:3:\d+ syntax: /],
    ['context.arguments.rate > 1', /^guard\/g\.cedar:3:8 validation: unexpected type/],
    ['context.arguments.recipient == "x"', /validation: unable to guarantee safety of access to optional attribute/],
    ['context.arguments.ammount > 1', /validation: attribute `arguments\.ammount` .*not found/],
    ['context.arguments.anything == "x"', /validation: attribute `arguments\.anything` .*not found/],
    ['context.arguments.to.city == "x"', /validation: attribute `arguments\.to\.city` .*not found/],
    ['resource is Model', /^$/],
  ])('refuses what does not: `%s`', (condition, problem) => {
    expect(problemsOf(policy(condition))[0] ?? '').toMatch(problem);
  });

  it.each([
    ['context.arguments has ammount && context.arguments.ammount > 1', 'arguments has ammount'],
    ['context.found.email > 0 || context.arguments has anything', 'arguments has anything'],
    ['context.arguments has to.city', 'arguments.to has city'],
    ['context.arguments.rate.lessThan(decimal("1.5")) && !(context.arguments.to has city)', 'arguments.to has city'],
    ['{"has": 1} == {"has": 1} && [context.arguments has amounts] == [true]', 'arguments has amounts'],
  ])('refuses a test that can never be true: `%s`', (condition, test) => {
    expect(problemsOf(policy(condition))).toEqual([
      expect.stringMatching(`^guard/g\\.cedar:2:1 never-true: \`context\\.${test}\` is never true`),
    ]);
  });

  it('takes a test that is true for one of several tools, or asks about the arguments themselves', () => {
    const both = 'action in [Action::"mcp/bank/send_money", Action::"mcp/bank/balance"]';
    expect(problemsOf(policy('context.arguments has account && context.arguments.account == "x"', both))).toEqual([]);
    const mixed = 'action in [Action::"mcp/bank/send_money", Action::"tool-call"]';
    expect(problemsOf(policy('context has arguments && context.arguments.amount > 1', mixed))).toEqual([]);
    expect(problemsOf(policy('context.arguments.amount > 1', mixed))).toEqual([
      expect.stringMatching(/attribute `arguments` .*not found/),
    ]);
  });

  it('names a tool that nobody knows, and one whose schema is none', () => {
    const unknown = 'no file that `mcp.servers.<name>.tools` names has the tool of';
    const of = (action: string) => problemsOf(policy('true', `action == Action::"${action}"`));
    expect(of('mcp/bank/send')).toEqual([`guard/g.cedar:2:1 unknown-tool: ${unknown} \`mcp/bank/send\``]);
    expect(of('mcp/__proto__')).toEqual([`guard/g.cedar:2:1 unknown-tool: ${unknown} \`mcp/__proto__\``]);
    expect(of('mcp/bank/odd')).toEqual([
      expect.stringMatching(/unknown-tool: .*`mcp\/bank\/odd` .*is no schema of an/),
    ]);
    expect(of('mcp/bank/send_money')).toEqual([]);
  });

  it('keeps tools out of the access set, and arguments out of policies that name no tool', () => {
    const access = 'permit (principal, action == Action::"mcp/bank/send_money", resource);';
    expect(problemsOf(policy('true'), SCHEMAS, access)).toEqual([
      expect.stringMatching(/^access.*unrecognized action/),
    ]);
    expect(problemsOf(policy('context.arguments.amount > 1', 'action'))).toEqual([
      expect.stringMatching(/attribute `arguments` .*not found/),
    ]);
    expect(problemsOf(policy('context.risk.injection > 1', 'action'))).toEqual([]);
  });

  it('says so where a policy for a tool can never hold', () => {
    const loaded = load(policy('resource is Model'));
    expect(loaded.ok && loaded.warnings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/policy is impossible/),
    );
  });

  it('gives the set another hash for another type, and none for what no policy reads', () => {
    const guard = policy('context.arguments.amount > 1');
    const other = (schema: object, action = 'mcp/bank/send_money') =>
      hashOf(guard, { ...SCHEMAS, [action]: JSON.stringify(schema) });
    const own = hashOf(guard);
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    expect(other({ ...SEND, description: 'reworded', required: [...SEND.required].reverse() })).toBe(own);
    expect(other({ type: 'object' }, 'mcp/bank/balance')).toBe(own);
    expect(other({ ...SEND, required: [...SEND.required, 'recipient'] })).not.toBe(own);
    const plain = policy('context.risk.injection > 1', 'action');
    expect(hashOf(plain)).toBe(hashOf(plain, {}));
  });
});

describe('withTools()', () => {
  it('gives a policy for a tool what one for all tools has', () => {
    const schema = readFileSync(new URL('../schema/guard.cedarschema', import.meta.url), 'utf8');
    const body = /type ToolCallContext = \{([^}]*)\}/.exec(schema)?.[1] ?? '';
    const fields = Array.from(body.matchAll(/^ {2}(\w+): (.+),$/gm), ([, name, type]) => [name, type]);
    expect(Object.entries(TOOL_CALL_FIELDS)).toEqual(fields);
  });

  it.each([
    'a", b: String } }; action "x" appliesTo { context: { "c',
    '"}};\n//',
    '\\',
    '\\u{22}',
    '\u0000\n\r\t\u2028',
    '😀',
    '__proto__',
    'principal',
    'in',
    '',
    '@annotation',
    '__cedar',
  ])('takes a hostile name for a name and nothing else: %j', (name) => {
    const action = `mcp/bank/${name}`;
    const properties = JSON.parse(`{${JSON.stringify(name)}:{"type":"integer"}}`);
    const schemas = { [action]: JSON.stringify({ type: 'object', properties, required: [name] }) };
    const chars = Array.from(name, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join('');
    const scope = `action == Action::"mcp/bank/${chars}"`;
    expect(problemsOf(policy(`context.arguments["${chars}"] > 1`, scope), schemas)).toEqual([]);
    expect(problemsOf(policy(`context.arguments["${chars}"] == "1"`, scope), schemas)).toEqual([
      expect.stringMatching(/the types Long and String are not compatible/),
    ]);
    expect(problemsOf(policy('context.arguments.c == 1', scope), schemas)).toHaveLength(1);
  });

  it('lets the worst schema of one tool be loaded', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, n) => [`${'"'.repeat(120)}${n}`, { type: 'string' }]),
    );
    let deep: object = { type: 'integer' };
    for (let level = 0; level < 15; level += 1) deep = { type: 'object', properties: { a: deep }, required: ['a'] };
    const schemas = { 'mcp/bank/worst': JSON.stringify({ type: 'object', properties: { deep, ...properties } }) };
    const scope = 'action == Action::"mcp/bank/worst"';
    const path = `context.arguments has deep && context.arguments.deep${'.a'.repeat(15)}`;
    expect(problemsOf(policy(`${path} > 1`, scope), schemas)).toEqual([]);
    expect(problemsOf(policy(`${path} == "1"`, scope), schemas)).toHaveLength(1);
  });
});
