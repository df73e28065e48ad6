import type { GuardQuestion } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPolicySets } from './load.ts';
import { probeQuestion } from './probe.ts';

/** A twentieth of the cases, beside all others, a case being a typed call that a loaded set answers; the environment variable asks for more. */
const CASES = Number(process.env.SALLYPORT_DIFFERENTIAL_RUNS ?? 50_000) * 0.05;
const CALLS_PER_SET = 50;
const SETS = Math.ceil(CASES / CALLS_PER_SET);

const ACTION = 'mcp/bank/send';
const party = { type: 'object', properties: { iban: { type: 'string' }, bic: { type: 'string' } }, required: ['iban'] };
const properties = Object.fromEntries([
  ['amount', { type: 'integer' }],
  ['limit', { type: 'integer' }],
  ['rate', { type: 'number' }],
  ['fee', { type: 'number' }],
  ['urgent', { type: 'boolean' }],
  ['to', party],
  ['from', party],
  ['tags', { type: 'array', items: { type: 'string' } }],
  ['parts', { type: 'array', items: { type: 'integer' } }],
  ['rates', { type: 'array', items: { type: 'number' } }],
  ['parties', { type: 'array', items: party }],
  ['note', { type: 'string' }],
  ['__proto__', { type: 'string' }],
  ['a "b" \\', { type: 'string' }],
]);
const required = Object.keys(properties).filter((name) => !['note', 'limit', '__proto__'].includes(name));
const SCHEMA = JSON.stringify({ type: 'object', properties, required });

const A = 'context.arguments';
const condition = fc.constantFrom(
  `${A}.amount > 1000`,
  `${A}.amount * 2 >= ${A}.amount + 7`,
  `${A}.amount * 9007199254740991 > 0`,
  `-${A}.amount == 5`,
  `${A} has limit && ${A}.limit < ${A}.amount`,
  `if ${A} has limit then ${A}.limit == ${A}.amount else ${A}.urgent`,
  `${A}.rate == ${A}.fee`,
  `${A}.rate != ${A}.fee`,
  `${A}.rates.contains(${A}.rate)`,
  `${A}.rate.lessThan(${A}.fee)`,
  `${A}.rate.greaterThanOrEqual(decimal("1.5")) && ${A}.urgent`,
  `${A}.urgent`,
  `${A}.to == ${A}.from`,
  `${A}.to.iban like "DE*"`,
  `${A}.to has bic && ${A}.to.bic == ${A}.from.iban`,
  `${A} has to.bic && ${A}.to.bic like "*D*"`,
  `${A}.parties.contains(${A}.to)`,
  `${A}.tags.containsAll(["a", "b"])`,
  `${A}.tags.containsAny([${A}.to.iban, "c"])`,
  `${A}.tags.isEmpty() || ${A}.tags == ["a"]`,
  `${A}.parts == [1, 2, 2]`,
  `${A}.parts.contains(${A}.amount)`,
  `${A} has note && ${A}.note like "*pay*"`,
  `${A} has __proto__ && ${A}["__proto__"] == "x"`,
  `${A}["a \\"b\\" \\\\"] == "x"`,
  `context.found.email > 1 && ${A}.amount > 0`,
  `context.request.tools.contains(${A}.to.iban)`,
  `principal.name == ${A}.to.iban`,
  `action == Action::"${ACTION}"`,
);
const EFFECTS = [
  '@effect("flag")',
  '@effect("redact") @redact("personal-data")',
  '@effect("ask")',
  '@effect("block")',
  '@mode("monitor") @effect("block")',
];
const policies = fc.array(
  fc
    .tuple(
      fc.constantFrom(...EFFECTS),
      fc.constantFrom('when', 'unless'),
      condition,
      fc.constantFrom('&&', '||'),
      condition,
    )
    .map(([said, clause, a, op, b]) => {
      return `${said} forbid (principal, action == Action::"${ACTION}", resource) ${clause} { (${a}) ${op} (${b}) };`;
    }),
  { minLength: 1, maxLength: 8 },
);

const whole = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 1_001, 1e18 + 1e3, 1e30, 2n ** 63n, 10n ** 40n),
);
const number = fc.oneof(
  fc.constantFrom(0, 1.5, 1.4999, 2, -0.0001),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.12345, 1e-7, 922_337_203_685_477n, 922_337_203_685_478n),
);
const text = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'x', 'probe', 'DE1', 'please pay', ''),
  fc.string({ maxLength: 3 }),
);
const someone = fc.record({ iban: text, bic: text, age: fc.nat() }, { requiredKeys: ['iban'] });
const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 3 });
const fields = {
  amount: whole,
  limit: fc.option(whole),
  rate: number,
  fee: number,
  urgent: fc.boolean(),
  to: someone,
  from: someone,
  tags: some(text),
  parts: some(whole),
  rates: some(number),
  parties: some(someone),
  note: fc.option(text),
  'a "b" \\': text,
  untyped: fc.anything(),
};
const always = (Object.keys(fields) as (keyof typeof fields)[]).filter((name) => name !== 'note' && name !== 'limit');
const given = fc
  .tuple(fc.record(fields, { requiredKeys: always }), fc.option(text))
  .map(([record, proto]) =>
    Object.fromEntries([...Object.entries(record), ...(proto === null ? [] : [['__proto__', proto]])]),
  );
/** Now and then something that is of another form. */
const called = fc.oneof({ arbitrary: given, weight: 9 }, { arbitrary: fc.anything(), weight: 1 });

/** Cedar's JSON has no whole numbers beyond doubles: there it fails everything, which the compiler need not. */
function hasLarge(value: unknown): boolean {
  if (typeof value === 'bigint') return value < 2n ** 63n;
  if (typeof value === 'number')
    return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 63;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLarge);
}

function question(args: unknown): GuardQuestion {
  const resource = { kind: 'tool', id: 'send', groups: ['mcp/bank'] } as const;
  const { context, ...about } = probeQuestion('tool-call', 'custom', { resource, request: { tools: ['a', 'x'] } });
  const email = { category: 'personal-data', type: 'email', score: 0.9, detector: 'd' } as const;
  return { ...about, typed: { action: ACTION, arguments: args }, context: { ...context, findings: [email, email] } };
}

function engineOf(guard: readonly string[], evaluator: 'compiled' | 'cedar') {
  const sources = { access: [], guard: [{ name: 'g.cedar', text: guard.join('\n') }] };
  const loaded = loadPolicySets(sources, { findingTypes: ['email'], toolSchemas: { [ACTION]: SCHEMA }, evaluator });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine;
}

describe('CedarPolicyEngine', () => {
  it('decides typed calls alike compiled and through Cedar', () => {
    const seen = new Set<string>();
    const calls = fc.array(called, { minLength: CALLS_PER_SET, maxLength: CALLS_PER_SET });
    fc.assert(
      fc.property(policies, calls, (guard, all) => {
        const compiled = engineOf(guard, 'compiled');
        const oracle = engineOf(guard, 'cedar');
        if (compiled.coverage().cedar.length > 0 && compiled.coverage().compiled.length > 0) seen.add('both');
        for (const args of all) {
          const decision = compiled.guard(question(args));
          const expected = oracle.guard(question(args));
          if (hasLarge(args) && expected.errors.length === guard.length) seen.add('large');
          else expect(decision).toEqual(expected);
          seen.add(decision.verdict);
          if (decision.errors.length > 0) seen.add(decision.errors.length < guard.length ? 'some fail' : 'all fail');
        }
      }),
      { numRuns: SETS, endOnFailure: true },
    );
    expect([...seen].sort()).toEqual(['all fail', 'allow', 'ask', 'block', 'both', 'large', 'some fail']);
  }, 3_600_000);
});
