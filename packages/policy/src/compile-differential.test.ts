import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarEvaluator, parsePolicy } from './cedar.ts';
import { compilePolicy } from './compile.ts';
import type { Scene } from './operators.ts';
import { EntityRef, FAILED, SetValue, type Value } from './value.ts';

/** Random policies, four scenes to each; the environment variable asks for more. */
const RUNS = Number(process.env.SALLYPORT_DIFFERENTIAL_RUNS ?? 1_000);

type Kind = 'bool' | 'long' | 'text' | 'entity' | 'set' | 'record';
type Kinds = Record<Kind | 'any', string>;

const from = (...all: string[]) => fc.constantFrom(...all);
const comma = (all: readonly string[]) => all.join(', ');
const fields = ['name', 'risk', 'tags', 'who', 'nested', 'flag', 'absent', 'onBehalfOf'];
const patterns = from('"*"', '""', '"a*"', '"*b"', '"*a*"', '"a*a"', '"\\*a"', '"*😀"', '"**n*n"', '"a*b*a"');

/** Expressions of a kind, and now and then of a wrong one: what an evaluation error is must agree too. */
const expressions = fc.letrec<Kinds>((tie) => {
  const of = (kind: Kind) => fc.oneof({ arbitrary: tie(kind), weight: 12 }, { arbitrary: tie('any'), weight: 1 });
  const grow = (leaf: fc.Arbitrary<string>, ...branches: fc.Arbitrary<string>[]) =>
    fc.oneof({ maxDepth: 4, depthIdentifier: 'expression' }, leaf, leaf, ...branches, ...branches);
  const binary = (kind: Kind, ...operators: string[]) =>
    fc.tuple(of(kind), from(...operators), of(kind)).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const either = (kind: Kind) =>
    fc.tuple(of('bool'), of(kind), of(kind)).map(([test, yes, no]) => `(if ${test} then ${yes} else ${no})`);
  const anything = fc.oneof(tie('long'), tie('text'), tie('entity'), tie('set'), tie('record'), tie('bool'));
  return {
    any: anything,
    bool: grow(
      from('true', 'false', 'context.flag'),
      binary('bool', '&&', '||'),
      binary('long', '<', '<=', '>', '>='),
      fc.tuple(anything, from('==', '!='), anything).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      fc.oneof(binary('long', '==', '!='), binary('set', '==', '!='), binary('record', '==', '!=')),
      of('bool').map((a) => `(!(${a}))`),
      either('bool'),
      fc.tuple(of('entity'), of('entity')).map(([a, b]) => `(${a} in ${b})`),
      fc.tuple(of('entity'), fc.array(of('entity'), { maxLength: 3 })).map(([a, all]) => `(${a} in [${comma(all)}])`),
      fc.tuple(of('set'), anything).map(([a, b]) => `(${a}).contains(${b})`),
      fc.tuple(of('set'), from('containsAll', 'containsAny'), of('set')).map(([a, op, b]) => `(${a}).${op}(${b})`),
      of('set').map((a) => `(${a}).isEmpty()`),
      fc.tuple(of('text'), patterns).map(([a, pattern]) => `(${a} like ${pattern})`),
      fc
        .tuple(
          fc.oneof(of('record'), of('entity')),
          from(...fields, 'nested.deep', 'who.name', 'onBehalfOf.name', '"name"'),
        )
        .map(([a, path]) => `(${a} has ${path})`),
      fc.tuple(of('entity'), from('User', 'Group', 'Action', 'Model')).map(([a, type]) => `(${a} is ${type})`),
      fc.tuple(of('entity'), of('entity')).map(([a, b]) => `(${a} is User in ${b})`),
    ),
    long: grow(
      from('0', '1', '-1', '500', '9007199254740991', '-9007199254740991', 'context.risk', 'context.nested.deep'),
      binary('long', '+', '-', '*'),
      of('long').map((a) => `(-(${a}))`),
      either('long'),
    ),
    text: grow(
      from(
        '""',
        '"a"',
        '"ab"',
        '"*a"',
        '"aba"',
        '"é😀"',
        '"\\u{0}"',
        'context.name',
        'principal.name',
        'principal.onBehalfOf.name',
        'resource.name',
      ),
      either('text'),
    ),
    entity: grow(
      from(
        'principal',
        'action',
        'resource',
        'context.who',
        'principal.onBehalfOf',
        'principal.onBehalfOf.onBehalfOf',
        'User::"ann"',
        'User::"bo"',
        'Group::"staff"',
        'Provider::"p"',
      ),
      either('entity'),
    ),
    set: grow(
      from('context.tags', '[]'),
      fc.array(anything, { maxLength: 3 }).map((all) => `[${comma(all)}]`),
    ),
    record: grow(
      from('context', 'context.nested', '{}'),
      fc
        .dictionary(from(...fields), anything, { maxKeys: 3 })
        .map((all) => `{${comma(Object.entries(all).map(([key, value]) => `${key}: ${value}`))}}`),
    ),
  };
});

const principalScope = from(
  'principal',
  'principal == User::"ann"',
  'principal in Group::"staff"',
  'principal is User',
  'principal is User in Group::"ops"',
  'principal is Agent',
);
const resourceScope = from(
  'resource',
  'resource is Model',
  'resource is Model in Provider::"p"',
  'resource in Provider::"p"',
  'resource in Model::"gpt"',
);

const policyText = fc
  .record({
    effect: from('permit', 'forbid'),
    principal: principalScope,
    resource: resourceScope,
    clauses: fc.array(fc.tuple(from('when', 'unless'), expressions.bool), { maxLength: 3 }),
  })
  .map(({ effect, principal, resource, clauses }) => {
    const conditions = clauses.map(([kind, body]) => `${kind} { ${body} }`).join(' ');
    return `${effect} (${principal}, action, ${resource}) ${conditions};`;
  });

const anyValue = fc.constantFrom<Value>(0, 'a', true, new EntityRef('User', 'ann'), new SetValue([]), new Map());
const usually = (arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ arbitrary, weight: 8 }, { arbitrary: anyValue, weight: 1 });
const context = fc.record(
  {
    flag: usually(fc.boolean()),
    risk: usually(fc.constantFrom(0, 1, -1, 500, 1000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)),
    name: usually(fc.constantFrom('', 'a', 'ab', '*a', 'é😀', 'ann', 'aba')),
    who: usually(
      fc.constantFrom(new EntityRef('User', 'ann'), new EntityRef('User', 'bo'), new EntityRef('Group', 'staff')),
    ),
    tags: usually(
      fc.oneof(
        fc.array(fc.constantFrom<Value>('a', 'ab', 1, 500, true), { maxLength: 3 }).map((all) => new SetValue(all)),
        // Longer than what is searched element by element.
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 17, maxLength: 30 }).map((all) => new SetValue(all)),
      ),
    ),
    nested: usually(fc.constantFrom<Value>(new Map([['deep', 1]]), new Map([['deep', new Map([['name', 'a']])]]))),
  },
  { requiredKeys: ['flag', 'risk', 'tags'] },
);

const scene: fc.Arbitrary<Scene> = fc
  .record({
    context,
    groups: fc.subarray(['staff', 'ops']),
    resourceType: fc.constantFrom('Model', 'Tool'),
    provider: fc.boolean(),
    // Now and then one who has the principal's own name.
    user: fc.option(fc.constantFrom('bo', 'bo', 'bo', 'ann'), { nil: undefined }),
    attributes: fc.subarray(['name', 'risk'], { minLength: 1 }),
  })
  .map((parts) => ({
    principal: {
      ref: new EntityRef('User', 'ann'),
      attributes: new Map<string, Value>([
        ...parts.attributes.map((name) => [name, 'ann'] as const),
        ...(parts.user === undefined ? [] : [['onBehalfOf', new EntityRef('User', parts.user)] as const]),
      ]),
      ancestors: parts.groups.map((group) => new EntityRef('Group', group)),
    },
    ...(parts.user !== undefined && {
      user: {
        ref: new EntityRef('User', parts.user),
        attributes: new Map([['name', parts.user]]),
        ancestors: [new EntityRef('Group', 'ops')],
      },
    }),
    action: new EntityRef('Action', 'input'),
    resource: {
      ref: new EntityRef(parts.resourceType, 'gpt'),
      attributes: new Map([['name', 'gpt']]),
      ancestors: parts.provider ? [new EntityRef('Provider', 'p')] : [],
    },
    context: new Map(Object.entries(parts.context)),
  }));

describe('compilePolicy()', () => {
  it('holds and fails exactly where Cedar does, for any expression', () => {
    const seen = { held: 0, failed: 0, not: 0 };
    fc.assert(
      fc.property(policyText, fc.array(scene, { minLength: 4, maxLength: 4 }), (text, scenes) => {
        const parsed = parsePolicy(text);
        expect(parsed).toHaveProperty('policy');
        if (!('policy' in parsed)) return;
        const compiled = compilePolicy(parsed.policy);
        expect(compiled).toHaveProperty('holds');
        if (!('holds' in compiled)) return;
        const oracle = cedarEvaluator('differential', parsed.policy.effect, { p: text });
        for (const one of scenes) {
          const expected = oracle(one);
          const actual = compiled.holds(one);
          expect({ held: actual === true, failed: actual === FAILED }).toEqual({
            held: expected.held.has('p'),
            failed: expected.failed.has('p'),
          });
          seen[actual === FAILED ? 'failed' : actual ? 'held' : 'not'] += 1;
        }
      }),
      { numRuns: RUNS },
    );
    // A generator that yields errors only would prove little.
    expect(Math.min(seen.held, seen.failed, seen.not)).toBeGreaterThan(RUNS / 10);
  }, 600_000);
});

describe('cedarEvaluator()', () => {
  it('is the Cedar whose semantics the compiler follows', () => {
    expect(cedar.getCedarVersion()).toBe('4.13.0');
  });
});
