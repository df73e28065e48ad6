import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarEvaluator, parsePolicy } from './cedar.ts';
import { compilePolicy } from './compile.ts';
import type { Scene } from './operators.ts';
import { EntityRef, FAILED, SetValue, type Value } from './value.ts';

/** Four fifths of the cases, a case being a scene that a set of random policies judges; the environment variable asks for more. */
const CASES = Number(process.env.SALLYPORT_DIFFERENTIAL_RUNS ?? 50_000) * 0.8;
/** Cedar parses a set once and then judges fast: many scenes to each. */
const POLICIES_PER_SET = 6;
const SCENES_PER_SET = 80;
const SETS = Math.ceil(CASES / SCENES_PER_SET);

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
    principal: principalScope,
    resource: resourceScope,
    clauses: fc.array(fc.tuple(from('when', 'unless'), expressions.bool), { maxLength: 3 }),
    annotations: from('', '', '@id("x")', '@description("when { true };")\n@mode("monitor")', '@note'),
  })
  .map(({ principal, resource, clauses, annotations }) => {
    const conditions = clauses.map(([kind, body]) => `${kind} { ${body} }`).join(' ');
    return `${annotations} forbid (${principal}, action, ${resource}) ${conditions};`;
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

/** A set as both sides take it. All forbid: what a policy's effect comes to is the engine's business, and one call asks about all. */
function readSet(texts: readonly string[]) {
  const compiled = texts.map((text, index) => {
    const parsed = parsePolicy(text);
    if (!('policy' in parsed)) throw new Error(`${parsed.complaint.message}: ${text}`);
    const result = compilePolicy(parsed.policy);
    if (!('holds' in result)) throw new Error(`${result.unsupported}: ${text}`);
    return { id: `p${index}`, holds: result.holds };
  });
  // One name for all sets: Cedar keeps what is parsed under a name for the life of the process.
  const named = Object.fromEntries(texts.map((text, index) => [`p${index}`, text]));
  return { compiled, oracle: cedarEvaluator('differential', 'forbid', named) };
}

describe('compilePolicy()', () => {
  it('holds and fails exactly where Cedar does, for any expression', () => {
    const seen = { held: 0, failed: 0, not: 0 };
    fc.assert(
      fc.property(
        fc.array(policyText, { minLength: POLICIES_PER_SET, maxLength: POLICIES_PER_SET }),
        fc.array(scene, { minLength: SCENES_PER_SET, maxLength: SCENES_PER_SET }),
        (texts, scenes) => {
          const { compiled, oracle } = readSet(texts);
          for (const one of scenes) {
            const answer = oracle(one);
            const expected = { held: [...answer.held].sort(), failed: [...answer.failed].sort() };
            const results = compiled.map(({ id, holds }) => ({ id, result: holds(one) }));
            const held = results.filter(({ result }) => result === true).map(({ id }) => id);
            const failed = results.filter(({ result }) => result === FAILED).map(({ id }) => id);
            expect({ held, failed }).toEqual(expected);
            seen.held += held.length;
            seen.failed += failed.length;
            seen.not += results.length - held.length - failed.length;
          }
        },
      ),
      { numRuns: SETS, endOnFailure: true },
    );
    // A generator that yields errors only would prove little.
    expect(Math.min(seen.held, seen.failed, seen.not)).toBeGreaterThan((SETS * SCENES_PER_SET * POLICIES_PER_SET) / 20);
  }, 3_600_000);
});

describe('cedarEvaluator()', () => {
  it('is the Cedar whose semantics the compiler follows', () => {
    expect(cedar.getCedarVersion()).toBe('4.13.0');
  });
});
