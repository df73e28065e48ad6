import { isFault } from '@sallyport/core';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAnySchema } from './argument-schema.ts';

/** A keyword; as the name of a member in code it would be taken for a promise's. */
const THEN = 'then';
const OPTIONS = { strict: false, validateFormats: false, logger: false, addUsedSchema: false } as const;
const RUNS = Number(process.env.SALLYPORT_DIFFERENTIAL_RUNS ?? 300);
const TIMEOUT_MS = 30_000 + RUNS * 100;

const DRAFTS = [
  { draft: '2020-12', uri: 'https://json-schema.org/draft/2020-12/schema', reference: () => new Ajv2020(OPTIONS) },
  { draft: '2019-09', uri: 'https://json-schema.org/draft/2019-09/schema', reference: () => new Ajv2019(OPTIONS) },
  { draft: 'draft-07', uri: 'http://json-schema.org/draft-07/schema#', reference: () => new Ajv(OPTIONS) },
] as const;
type Draft = (typeof DRAFTS)[number]['draft'];

const name = fc.constantFrom('a', 'b', 'ab', 'c d');
const text = fc.constantFrom('', 'a', 'ab', 'b1', '😀', '😀😀', 'constructor');
const number = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(0.5, -1.5, 2.5, 1e3));
const scalar = fc.oneof(fc.constant(null), fc.boolean(), number, text);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(name, tie('any'), { maxKeys: 4 }),
  ),
})).any;
const pattern = fc.constantFrom('^a', 'b$', '[0-9]', '^.{2}$', '^$', '\\S');
/** Beside `contains` the reference says of these what JSON Schema doesn't: they are held to cases elsewhere. */
const ITEMS = new Set(['items', 'prefixItems', 'additionalItems']);
const count = fc.nat({ max: 3 });
const names = fc.uniqueArray(name, { maxLength: 2 });

function keywords(draft: Draft, sub: fc.Arbitrary<unknown>): Record<string, fc.Arbitrary<unknown>> {
  const list = fc.array(sub, { minLength: 1, maxLength: 3 });
  const all = {
    type: fc.oneof(
      fc.constantFrom('object', 'array', 'string', 'number', 'integer', 'boolean', 'null'),
      fc.uniqueArray(fc.constantFrom('object', 'array', 'string', 'integer'), { minLength: 1, maxLength: 3 }),
    ),
    enum: fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (item) => JSON.stringify(item) }),
    const: value,
    maximum: number,
    minimum: number,
    exclusiveMaximum: number,
    exclusiveMinimum: number,
    multipleOf: fc.constantFrom(1, 2, 3, 0.5),
    minLength: count,
    maxLength: count,
    pattern,
    minItems: count,
    maxItems: count,
    uniqueItems: fc.boolean(),
    contains: sub,
    minProperties: count,
    maxProperties: count,
    required: names,
    properties: fc.dictionary(name, sub, { maxKeys: 3 }),
    patternProperties: fc.dictionary(pattern, sub, { maxKeys: 2 }),
    additionalProperties: sub,
    propertyNames: sub,
    dependencies: fc.dictionary(name, fc.oneof(names, sub), { maxKeys: 2 }),
    allOf: list,
    anyOf: list,
    oneOf: list,
    not: sub,
    if: sub,
    [THEN]: sub,
    else: sub,
  };
  const older = { items: fc.oneof(sub, list), additionalItems: sub };
  if (draft === 'draft-07') return { ...all, ...older };
  const since2019 = {
    minContains: count,
    maxContains: count,
    dependentRequired: fc.dictionary(name, names, { maxKeys: 2 }),
    dependentSchemas: fc.dictionary(name, sub, { maxKeys: 2 }),
    unevaluatedProperties: sub,
  };
  if (draft === '2019-09') return { ...all, ...since2019, ...older };
  return { ...all, ...since2019, prefixItems: list, items: sub };
}

/**
 * Schemas of few keywords, nested, with references to two definitions that are there. `unevaluatedItems` is held to cases elsewhere: the
 * reference forgets what was evaluated within `anyOf`, and in the eyes of it `contains` evaluates every item.
 */
function schemas(draft: Draft) {
  const { any, leaf } = fc.letrec<{ any: unknown; leaf: unknown; ref: unknown }>((tie) => ({
    ref: fc.constantFrom({ $ref: '#/$defs/one' }, { $ref: '#/$defs/two' }, { $ref: '#/$defs/one/allOf/0' }),
    any: fc.oneof({ maxDepth: 3 }, fc.boolean(), tie('ref'), some(keywords(draft, tie('any')))),
    leaf: fc.oneof({ maxDepth: 2 }, fc.boolean(), some(keywords(draft, tie('leaf')))),
  }));
  return fc.tuple(any, leaf, leaf).map(([root, one, two]) => ({
    allOf: [root],
    $defs: { one: { allOf: [one] }, two },
  }));
}

/** Some of the keywords of a schema. */
function some(given: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc
    .uniqueArray(fc.constantFrom(...Object.keys(given)), { minLength: 1, maxLength: 4 })
    .map((chosen) => (chosen.includes('contains') ? chosen.filter((keyword) => !ITEMS.has(keyword)) : chosen))
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((keyword) => [keyword, given[keyword] ?? fc.boolean()]))),
    );
}

/** What the reference says, where it doesn't break off: its code for `patternProperties` beside `unevaluatedProperties` does for some. */
function said(validate: (value: unknown) => unknown, given: unknown): boolean | undefined {
  try {
    return validate(given) === true;
  } catch {
    return undefined;
  }
}

describe('openAnySchema()', () => {
  it.each(DRAFTS)(
    'says of values what the reference says, in $draft',
    ({ draft, uri, reference }) => {
      const ajv = reference();
      let held = 0;
      let checked = 0;
      fc.assert(
        fc.property(schemas(draft), fc.array(value, { minLength: 4, maxLength: 8 }), (schema, values) => {
          const given = JSON.parse(JSON.stringify({ $schema: uri, ...schema }));
          const opened = openAnySchema(given);
          if (isFault(opened)) throw new Error(`${opened.fault} at ${opened.at}`);
          const validate = ajv.compile(given);
          for (const each of values.map((item) => JSON.parse(JSON.stringify(item)))) {
            const expected = said(validate, each);
            if (expected === undefined) continue;
            held += expected ? 1 : 0;
            checked += 1;
            expect({ each, holds: opened.check(each) === undefined }).toEqual({ each, holds: expected });
          }
        }),
        { numRuns: RUNS },
      );
      // Schemas that hold for everything or for nothing would show little.
      expect(held).toBeGreaterThan(checked / 10);
      expect(held).toBeLessThan((checked * 9) / 10);
    },
    TIMEOUT_MS,
  );
});
