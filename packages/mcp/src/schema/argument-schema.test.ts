import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { openAnySchema, openSchema } from './argument-schema.ts';
import type { Mismatch } from './check-run.ts';
import { SCHEMA_LIMITS, type SchemaLimits } from './schema-limits.ts';

/** A keyword; as the name of a member in code it would be taken for a promise's. */
const THEN = 'then';
const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';
const DRAFT_2019 = 'https://json-schema.org/draft/2019-09/schema';

function check(schema: unknown, value: unknown, limits: Partial<SchemaLimits> = {}): Mismatch | undefined {
  const opened = openAnySchema(schema, limits);
  if (isFault(opened)) throw new Error(`${opened.fault} at ${opened.at}`);
  return opened.check(value);
}

function faultOf(schema: unknown, limits: Partial<SchemaLimits> = {}) {
  const opened = openAnySchema(schema, limits);
  return isFault(opened) ? opened : undefined;
}

/** JSON as it is read from a wire, where `__proto__` is a member. */
const json = (text: string): unknown => JSON.parse(text);

describe('openSchema()', () => {
  it('takes no schema whose root is not of the type `object`, as MCP has it', () => {
    const fault = { fault: 'TOOL_SCHEMA_UNKNOWN', at: '/type' };
    for (const schema of [{}, { type: 'array' }, { type: ['object'] }, { properties: {} }, true, null, [], 'object']) {
      expect(openSchema(schema)).toEqual(fault);
    }
    expect(openSchema(Object.create({ type: 'object' }))).toEqual(fault);
    expect(openSchema({ type: 'object' })).toHaveProperty('check');
  });

  it('takes no value that is not an object, whatever a draft says of the root', () => {
    const opened = openSchema({
      $schema: DRAFT_07,
      type: 'object',
      $ref: '#/definitions/any',
      definitions: { any: true },
    });
    if (isFault(opened)) throw new Error(opened.fault);
    expect(opened.check({})).toBeUndefined();
    for (const value of [[], null, 'a', 1, undefined]) expect(opened.check(value)).toEqual({ at: '', keyword: 'type' });
  });

  it('says where a value does not match and by what, never the value', () => {
    const opened = openSchema({
      type: 'object',
      properties: {
        to: { type: 'array', items: { type: 'string', format: 'email' } },
        'a/b~c': { type: 'integer' },
        kind: { enum: ['x'] },
      },
      required: ['to'],
      additionalProperties: { type: 'boolean' },
    });
    if (isFault(opened)) throw new Error(opened.fault);
    expect(opened.check({})).toEqual({ at: '', keyword: 'required' });
    expect(opened.check({ to: ['a@b.example', 'secret'] })).toEqual({ at: '/to/1', keyword: 'format' });
    expect(opened.check({ to: [], 'a/b~c': 'secret' })).toEqual({ at: '/a~1b~0c', keyword: 'type' });
    expect(opened.check({ to: [], kind: 'secret' })).toEqual({ at: '/kind', keyword: 'enum' });
    expect(opened.check({ to: [], secret: 'secret' })).toEqual({ at: '/*', keyword: 'type' });
  });

  it('says of a member that may not be there no more than where it is', () => {
    expect(check({ additionalProperties: false }, { secret: 1 })).toEqual({ at: '', keyword: 'additionalProperties' });
    expect(check({ unevaluatedProperties: false }, { secret: 1 })).toEqual({
      at: '',
      keyword: 'unevaluatedProperties',
    });
    expect(check({ propertyNames: { maxLength: 3 } }, { secret: 1 })).toEqual({ at: '', keyword: 'propertyNames' });
    expect(check({ patternProperties: { '^s': false } }, { secret: 1 })).toEqual({
      at: '/*',
      keyword: 'patternProperties',
    });
    expect(check({ properties: { a: false } }, { a: 1 })).toEqual({ at: '/a', keyword: 'properties' });
  });

  it('points no further than 256 characters, to the last name that fits', () => {
    const name = 'n'.repeat(127);
    const nested = { properties: { [name]: { properties: { [name]: { properties: { a: { type: 'null' } } } } } } };
    expect(check(nested, { [name]: { [name]: 1 } })).toBeUndefined();
    expect(check(nested, { [name]: { [name]: { a: 1 } } })).toEqual({ at: `/${name}/${name}`, keyword: 'type' });
  });

  it.each([
    ['anyOf', { anyOf: [{ type: 'string' }, { properties: { a: { type: 'null' } }, required: ['a'] }] }],
    ['oneOf', { oneOf: [{ type: 'object' }, { required: ['a'] }] }],
    ['not', { not: { required: ['a'] } }],
    ['then', { if: { required: ['a'] }, [THEN]: false }],
    ['else', { if: false, else: false }],
    ['allOf', { allOf: [true, false] }],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }],
    ['dependentSchemas', { dependentSchemas: { a: false } }],
    ['dependencies', { dependencies: { a: ['b'] } }],
    ['minProperties', { minProperties: 2 }],
    ['const', { const: {} }],
    ['$ref', { $ref: '#/$defs/none', $defs: { none: false } }],
  ])('names `%s` where it does not hold', (keyword, schema) => {
    expect(check(schema, { a: 1 })).toEqual({ at: '', keyword });
  });
});

describe('openAnySchema()', () => {
  it.each([
    [{ type: 'integer' }, [1, 1.0, -0, 1e300, 10n ** 40n], [1.5, '1', null]],
    [{ type: 'number' }, [1.5, 2n], ['1', true]],
    [{ type: ['null', 'array'] }, [null, []], [{}, '', 0, false]],
    [{ enum: [1, '1', null, { a: [1, 2] }] }, [1.0, '1', null, { a: [1, 2] }, 1n], [true, { a: [2, 1] }, {}, '"1']],
    [{ const: { a: 1, b: 2 } }, [json('{"b":2,"a":1.0}')], [{ a: 1 }, { a: 1, b: 2, c: 3 }, [1, 2]]],
    [{ const: false }, [false], [0, null, '', []]],
    [{ const: 0 }, [0, -0, 0.0], [false, '0', null]],
    [{ enum: [[false]] }, [[false]], [[0], [[false]], false]],
    [{ enum: [] }, [], [1, null, []]],
    [{ maximum: 3, exclusiveMinimum: 1 }, [3, 1.1, 'x'], [1, 3.1]],
    [{ minimum: 3, exclusiveMaximum: 5 }, [3, 4.9], [5, 2.9]],
    [{ maximum: 9007199254740993n }, [9007199254740993n, 9007199254740992], [9007199254740994n]],
    [{ minimum: 1e30 }, [1e30, 10n ** 31n], [10n ** 29n]],
    [{ multipleOf: 0.01 }, [0.07, 4.35, 19.99, 1e-2, 1.1e3, 0], [0.075, 1e-3]],
    [{ multipleOf: 0.0001 }, [0.0075], [0.00751]],
    [{ multipleOf: 0.123456789 }, [1.23456789], [1e308]],
    [{ multipleOf: 3 }, [3n ** 100n, 9007199254740993n], [3n ** 100n + 1n]],
    [{ multipleOf: 1e-7 }, [1e-7, 12391239123, 5e-7], [5e-8]],
    [{ maxLength: 2 }, ['😀😀', 'ab', '', 5], ['abc', '😀😀😀']],
    [{ minLength: 2 }, ['😀😀', 'ab'], ['😀', 'a']],
    [{ minLength: 1, maxLength: 1 }, ['\ud83d', '😀', '\ude00'], ['\ude00\ud83d', '']],
    [{ maxItems: 1, minItems: 1 }, [[1], 'ab', {}], [[], [1, 2]]],
    [
      { uniqueItems: true },
      [[1, '1', true, [1], [[1]], {}, { a: 1 }, null], []],
      [
        [1, 1.0],
        [{ a: 1, b: 2 }, json('{"b":2,"a":1}')],
        [[], []],
      ],
    ],
    [
      { uniqueItems: true },
      [
        [1, true],
        [0, false],
        [['a,b'], ['a', 'b']],
        [{ a: 'b' }, '{"a":"b"}'],
      ],
      [
        ['a', 'a'],
        [9007199254740992, 9007199254740992n],
      ],
    ],
    [{ uniqueItems: false }, [[1, 1]], []],
    [{ prefixItems: [{ type: 'string' }, true], items: false }, [[], ['a'], ['a', 1]], [[1], ['a', 1, 2]]],
    [{ items: { type: 'string' } }, [[], ['a']], [['a', 1]]],
    [{ items: [{ type: 'string' }], additionalItems: { type: 'null' } }, [['a', null]], [['a', 'a'], [null]]],
    [{ additionalItems: false }, [[1]], []],
    [{ contains: { const: 1 } }, [[2, 1], {}], [[], [2]]],
    [{ contains: false }, ['a'], [[], [1]]],
    [{ contains: { const: 1 }, minContains: 0 }, [[], [2]], []],
    [
      { contains: { const: 1 }, minContains: 2, maxContains: 3 },
      [
        [1, 1],
        [1, 2, 1, 1],
      ],
      [[1], [1, 1, 1, 1], []],
    ],
    [{ minContains: 2 }, [[]], []],
    [
      { required: ['__proto__', 'constructor'] },
      [json('{"__proto__":1,"constructor":2}')],
      [{}, json('{"__proto__":1}')],
    ],
    [
      json('{"properties":{"__proto__":{"type":"number"},"toString":{"type":"string"}}}'),
      [{}, json('{"__proto__":1,"toString":"a"}')],
      [json('{"__proto__":"a"}'), { toString: 1 }],
    ],
    [json('{"enum":[{"__proto__":1}]}'), [json('{"__proto__":1}')], [{}, json('{"__proto__":2}')]],
    [
      { additionalProperties: false, properties: { a: true } },
      [{ a: 1 }, {}, []],
      [{ b: 1 }, { constructor: 1 }, json('{"__proto__":{}}')],
    ],
    [
      { patternProperties: { '^a': { type: 'null' } }, additionalProperties: false },
      [{ ab: null }],
      [{ ab: 1 }, { b: null }],
    ],
    [{ propertyNames: { pattern: '^[a-z]$' } }, [{ a: 1 }, {}], [{ ab: 1 }, json('{"__proto__":1}')]],
    [{ dependentRequired: { a: ['b'] } }, [{ b: 1 }, { a: 1, b: 1 }, 'a'], [{ a: 1 }]],
    [{ dependentRequired: { constructor: ['b'] } }, [{}], [{ constructor: 1 }]],
    [{ dependencies: { a: { required: ['c'] }, b: [] } }, [{ a: 1, c: 1 }, { b: 1 }], [{ a: 1 }]],
    [{ not: {} }, [], [1, {}, null]],
    [{ not: { not: {} } }, [1], []],
    [{ oneOf: [{ minimum: 2 }, { type: 'integer' }] }, [1, 2.5], [3, 1.5]],
    [{ if: { type: 'string' }, [THEN]: { minLength: 2 }, else: { type: 'null' } }, ['ab', null], ['a', 1]],
    [{ [THEN]: false, else: false }, [1], []],
    [{ pattern: '^(?:a+)+$' }, ['aaa', 1], [`${'a'.repeat(10_000)}!`]],
    [{ format: 'of-nobody' }, ['anything'], []],
    [{ default: { $ref: 'https://elsewhere.example/' }, examples: [{ type: 7 }], 'x-any': { type: 'no' } }, [1], []],
    [{ properties: { $ref: { type: 'string' } } }, [{ $ref: 'a' }], [{ $ref: 1 }]],
    [{ const: { $ref: '#/nowhere' } }, [{ $ref: '#/nowhere' }], [1]],
    [true, [1, null], []],
    [false, [], [1, null]],
  ])('%s holds for what JSON Schema says (case %#)', (schema, good, bad) => {
    for (const value of good) expect(check(schema, value)).toBeUndefined();
    for (const value of bad) expect(check(schema, value)).toBeDefined();
  });

  it.each([
    [
      'members of `properties` beside it',
      { properties: { a: true }, unevaluatedProperties: false },
      [{ a: 1 }],
      [{ b: 1 }],
    ],
    [
      'branches of `anyOf` that hold',
      {
        anyOf: [
          { properties: { a: { const: 1 } }, required: ['a'] },
          { properties: { b: { const: 1 } }, required: ['b'] },
        ],
        unevaluatedProperties: false,
      },
      [{ a: 1 }, { a: 1, b: 1 }],
      [{ a: 1, b: 2 }],
    ],
    [
      'no branch of `not`',
      { not: { not: { properties: { a: true }, required: ['a'] } }, unevaluatedProperties: false },
      [],
      [{ a: 1 }],
    ],
    [
      'the condition that holds',
      {
        if: { properties: { a: { const: 1 } }, required: ['a'] },
        else: { properties: { b: true } },
        unevaluatedProperties: false,
      },
      [{ a: 1 }, { b: 1 }],
      [{ a: 1, b: 1 }, { a: 2 }],
    ],
    [
      'what a reference evaluates',
      { $ref: '#/$defs/a', $defs: { a: { properties: { a: true } } }, unevaluatedProperties: false },
      [{ a: 1 }],
      [{ b: 1 }],
    ],
    [
      'what depends on a member',
      { properties: { a: true }, dependentSchemas: { a: { properties: { b: true } } }, unevaluatedProperties: false },
      [{ a: 1, b: 1 }, {}],
      [{ b: 1 }],
    ],
    [
      'nothing of its cousins',
      { allOf: [{ properties: { a: true } }, { unevaluatedProperties: false }] },
      [{}],
      [{ a: 1 }],
    ],
    [
      'what a nested one evaluated',
      { allOf: [{ unevaluatedProperties: true }], unevaluatedProperties: false },
      [{ a: 1 }],
      [],
    ],
    ['members by schema', { unevaluatedProperties: { type: 'null' } }, [{ a: null }], [{ a: 1 }]],
    ['first items', { prefixItems: [true], unevaluatedItems: false }, [[1], []], [[1, 2]]],
    ['every item of `items`', { allOf: [{ items: true }], unevaluatedItems: false }, [[1, 2]], []],
    ['every item of a branch that holds', { anyOf: [{ items: true }, false], unevaluatedItems: false }, [[1, 2]], []],
    ['items that `contains` found', { contains: { const: 1 }, unevaluatedItems: false }, [[1, 1]], [[1, 2]]],
    [
      'items of several `contains`',
      {
        allOf: [{ contains: { multipleOf: 2 } }, { contains: { multipleOf: 3 } }],
        unevaluatedItems: { multipleOf: 5 },
      },
      [[2, 3, 4, 5, 6]],
      [[2, 3, 4, 7, 8]],
    ],
    ['items of a nested one', { anyOf: [{ unevaluatedItems: true }], unevaluatedItems: false }, [[1]], []],
    [
      'not what `contains` found in draft 2019-09',
      { $schema: DRAFT_2019, contains: { const: 1 }, unevaluatedItems: false },
      [],
      [[1]],
    ],
  ])('counts as evaluated: %s', (...[, schema, good, bad]) => {
    for (const value of good) expect(check(schema, value)).toBeUndefined();
    for (const value of bad) expect(check(schema, value)).toBeDefined();
  });

  it.each([
    ['a pointer', { $ref: '#/$defs/a', $defs: { a: { type: 'null' } } }],
    ['a pointer with escapes', { $ref: '#/$defs/a~1b~0c%25%20d', $defs: { 'a/b~c% d': { type: 'null' } } }],
    ['a pointer into a list', { $ref: '#/allOf/1/anyOf/0', allOf: [true, { anyOf: [{ type: 'null' }] }] }],
    ['a pointer into what is no keyword', { $ref: '#/components/a', components: { a: { type: 'null' } } }],
    [
      'a pointer through names of the language',
      { $ref: '#/$defs/constructor', $defs: json('{"constructor":{"type":"null"}}') },
    ],
    ['a chain', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { type: 'null' } } }],
    ['an anchor', { $ref: '#here', $defs: { a: { $anchor: 'here', type: 'null' } } }],
    ['a dynamic anchor', { $ref: '#here', $defs: { a: { $dynamicAnchor: 'here', type: 'null' } } }],
    ['an identifier', { $id: 'https://own.example/root', $ref: 'item', $defs: { a: { $id: '/item', type: 'null' } } }],
    [
      'an anchor of another resource',
      { $ref: 'item#x', $defs: { a: { $id: 'item', $defs: { b: { $anchor: 'x', type: 'null' } } } } },
    ],
    [
      'a pointer of another resource',
      { $ref: 'item#/$defs/b', $defs: { a: { $id: 'item', $defs: { b: { type: 'null' } } } } },
    ],
    [
      'a urn',
      { $ref: 'urn:x:item', $defs: { a: { $id: 'urn:x:item', $ref: '#/$defs/b', $defs: { b: { type: 'null' } } } } },
    ],
    [
      'a `$defs` of its own resource',
      { $ref: '#/$defs/a', $defs: { a: { $id: 'item', $ref: '#/$defs/b', $defs: { b: { type: 'null' } } }, b: true } },
    ],
    [
      'definitions of draft-07',
      { $schema: DRAFT_07, allOf: [{ $ref: '#/definitions/a' }], definitions: { a: { type: 'null' } } },
    ],
    [
      'an anchor as draft-07 writes it',
      { $schema: DRAFT_07, allOf: [{ $ref: '#here' }], definitions: { a: { $id: '#here', type: 'null' } } },
    ],
  ])('follows a reference by %s', (_title, schema) => {
    expect(check(schema, null)).toBeUndefined();
    expect(check(schema, 1)).toEqual({ at: '', keyword: 'type' });
  });

  it('follows a schema into itself as deep as the value goes', () => {
    const tree = { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false };
    expect(check(tree, { next: { next: {} } })).toBeUndefined();
    expect(check(tree, { next: { next: { other: 1 } } })).toEqual({
      at: '/next/next',
      keyword: 'additionalProperties',
    });
  });

  it('counts what stands beside a `$ref`, and not in draft-07', () => {
    const schema = { properties: { a: { $ref: '#/$defs/list', maxItems: 1 } }, $defs: { list: { type: 'array' } } };
    expect(check(schema, { a: [1, 2] })).toEqual({ at: '/a', keyword: 'maxItems' });
    expect(check({ $schema: DRAFT_07, ...schema }, { a: [1, 2] })).toBeUndefined();
    expect(check({ $schema: DRAFT_07, ...schema }, { a: 1 })).toEqual({ at: '/a', keyword: 'type' });
  });

  it('takes a keyword for an annotation where its draft does not know it', () => {
    const schema = { dependentRequired: { a: ['b'] }, prefixItems: [false], unevaluatedProperties: false };
    expect(check({ $schema: DRAFT_07, ...schema }, { a: 1 })).toBeUndefined();
    expect(check({ $schema: DRAFT_2019, prefixItems: [false] }, [1])).toBeUndefined();
    expect(check(schema, { a: 1 })).toEqual({ at: '', keyword: 'dependentRequired' });
  });

  it('finds a dynamic anchor where the outermost resource on the way has it', () => {
    const list = {
      $id: 'list',
      type: 'array',
      items: { $dynamicRef: '#item' },
      $defs: { item: { $dynamicAnchor: 'item', type: 'string' } },
    };
    const numbers = { $id: 'numbers', $ref: 'list', $defs: { item: { $dynamicAnchor: 'item', type: 'number' }, list } };
    expect(check(list, ['a'])).toBeUndefined();
    expect(check(numbers, [1])).toBeUndefined();
    expect(check(numbers, ['a'])).toEqual({ at: '/0', keyword: 'type' });
  });

  it('takes a dynamic reference for a plain one where its first target has no dynamic anchor', () => {
    const list = { $id: 'list', items: { $dynamicRef: '#item' }, $defs: { item: { $anchor: 'item', type: 'string' } } };
    const numbers = { $id: 'numbers', $ref: 'list', $defs: { item: { $dynamicAnchor: 'item', type: 'number' }, list } };
    expect(check(numbers, ['a'])).toBeUndefined();
    expect(check(numbers, [1])).toBeDefined();
  });

  it.each([
    ['/type', { type: 'any' }],
    ['/type', { type: [] }],
    ['/type', { type: [['string']] }],
    ['/enum', { enum: 'a' }],
    ['/minimum', { minimum: '1' }],
    ['/minimum', { minimum: Number.POSITIVE_INFINITY }],
    ['/exclusiveMaximum', { exclusiveMaximum: true }],
    ['/multipleOf', { multipleOf: 0 }],
    ['/multipleOf', { multipleOf: -1 }],
    ['/minLength', { minLength: -1 }],
    ['/minLength', { minLength: 1.5 }],
    ['/pattern', { pattern: '(?=a)' }],
    ['/pattern', { pattern: '(a)\\1' }],
    ['/pattern', { pattern: 1 }],
    ['/format', { format: 1 }],
    ['/required', { required: 'a' }],
    ['/required', { required: [1] }],
    ['/required', { required: true }],
    ['/uniqueItems', { uniqueItems: 1 }],
    ['/allOf', { allOf: [] }],
    ['/anyOf', { anyOf: {} }],
    ['/anyOf/1', { anyOf: [true, 1] }],
    ['/items', { items: 1 }],
    ['/items', { items: [true], prefixItems: [true] }],
    ['/items/0', { items: [null] }],
    ['/properties', { properties: [] }],
    ['/properties/*/pattern', { properties: { secret: { pattern: '\\1' } } }],
    ['/patternProperties', { patternProperties: { '(?!secret)': true } }],
    ['/dependencies', { dependencies: { secret: [1] } }],
    ['/dependencies/*', { dependencies: { secret: 'b' } }],
    ['/$defs/*/not', { $defs: { secret: { not: 1 } } }],
    ['/$ref', { $ref: 1 }],
    ['/$ref', { $ref: '#/nowhere' }],
    ['/$ref', { $ref: '#nowhere' }],
    ['/$ref', { $ref: '#/allOf/00', allOf: [true] }],
    ['/$ref', { $ref: '#/__proto__' }],
    ['/$ref', { $ref: '#/%zz' }],
    ['/$ref', { $ref: 'https://elsewhere.example/secret' }],
    ['/$ref', { $ref: 'http://json-schema.org/draft-07/schema#' }],
    ['/$ref', { $ref: 'file:///etc/passwd' }],
    ['/$ref', { $ref: 'it em', $defs: { a: { $id: 'it%20em' } } }],
    ['/$dynamicRef', { $dynamicRef: '#nowhere' }],
    ['/$recursiveRef', { $recursiveRef: '#' }],
    ['/$id', { $id: 1 }],
    ['/$id', { $id: '#a' }],
    ['/$id', { $id: 'http://[' }],
    ['/$defs/*/$id', { $defs: { a: { $id: 'x' }, b: { $id: 'x' } } }],
    ['/$defs/*/$anchor', { $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } } }],
    ['/$anchor', { $anchor: '1' }],
    ['/$defs/*/$id', { $schema: DRAFT_07, definitions: { a: { $id: '#1' } } }],
    ['/$schema', { $schema: 'https://elsewhere.example/' }],
    ['/$schema', { $schema: 'http://json-schema.org/draft-04/schema#' }],
    ['/$schema', { $schema: 7 }],
    ['/$defs/*/$schema', { $defs: { a: { $id: 'x', $schema: DRAFT_07 } } }],
    ['', { const: Number.POSITIVE_INFINITY }],
    ['', 1],
    ['', [true]],
  ])('does not understand, at `%s`: %s', (at, schema) => {
    const where = at === '/$defs/*/$id' && JSON.stringify(schema).includes('definitions') ? '/definitions/*/$id' : at;
    expect(faultOf(schema)).toEqual({ fault: 'TOOL_SCHEMA_UNKNOWN', at: where });
  });

  it.each([
    ['itself', { $ref: '#' }],
    [
      'itself by way of others',
      { anyOf: [{ type: 'string' }, { $ref: '#/$defs/a' }], $defs: { a: { not: { $ref: '#' } } } },
    ],
    ['itself where a member is there', { dependentSchemas: { a: { $ref: '#' } } }],
    ['itself by a dynamic anchor', { $dynamicAnchor: 'a', allOf: [{ $dynamicRef: '#a' }] }],
    ['itself apart from the rest', { $defs: { a: { $ref: '#/$defs/b' }, b: { if: { $ref: '#/$defs/a' } } } }],
  ])('does not understand what is defined by %s', (_title, schema) => {
    expect(faultOf(schema)).toEqual({ fault: 'TOOL_SCHEMA_UNKNOWN', at: '' });
  });

  it('points in a fault no further than 256 characters', () => {
    let schema: unknown = { type: 'no' };
    for (let depth = 0; depth < 20; depth++) schema = { additionalProperties: schema };
    expect(faultOf(schema)?.at).toBe('/additionalProperties'.repeat(12));
  });

  describe('within limits', () => {
    const large = (at: string) => ({ fault: 'TOOL_SCHEMA_TOO_LARGE', at });
    const listed = (count: number) => ({ anyOf: Array.from({ length: count }, () => ({})) });
    const nested = (depth: number): unknown => (depth === 1 ? {} : { not: nested(depth - 1) });

    it('takes so many schemas', () => {
      expect(faultOf(listed(9), { maxSubschemas: 10 })).toBeUndefined();
      expect(faultOf(listed(10), { maxSubschemas: 10 })).toEqual(large('/anyOf/9'));
    });

    it('takes schemas nested so deep', () => {
      expect(faultOf(nested(SCHEMA_LIMITS.maxSchemaDepth))).toBeUndefined();
      expect(faultOf(nested(SCHEMA_LIMITS.maxSchemaDepth + 1))?.fault).toBe('TOOL_SCHEMA_TOO_LARGE');
    });

    it('keeps so many characters', () => {
      expect(faultOf({ required: ['abc', 'de'] }, { maxSchemaChars: 7 })).toBeUndefined();
      expect(faultOf({ required: ['abc', 'def'] }, { maxSchemaChars: 7 })).toEqual(large(''));
      expect(faultOf({ enum: ['abc', 'de'] }, { maxSchemaChars: 7 })).toBeUndefined();
      expect(faultOf({ enum: ['abc', 'def'] }, { maxSchemaChars: 7 })).toEqual(large(''));
    });

    it('takes patterns of so many characters and instructions', () => {
      expect(faultOf({ pattern: 'abc' }, { maxPatternChars: 3 })).toBeUndefined();
      expect(faultOf({ pattern: 'abcd' }, { maxPatternChars: 3 })).toEqual(large('/pattern'));
      expect(faultOf({ pattern: 'a{1000}b{1000}c{1000}d{1000}' })).toEqual(large('/pattern'));
    });

    it('ends a check after so many steps', () => {
      const list = { items: { type: 'string' } };
      expect(check(list, ['a', 'b'], { maxSteps: 3 })).toBeUndefined();
      expect(check(list, ['a', 'b', 'c'], { maxSteps: 3 })).toEqual({ at: '', keyword: 'maxSteps' });
    });

    it('ends a check in which so many schemas are at work within each other', () => {
      const tree = { properties: { a: { $ref: '#' } } };
      expect(check(tree, { a: { a: {} } }, { maxDepth: 5 })).toBeUndefined();
      expect(check(tree, { a: { a: { a: {} } } }, { maxDepth: 5 })).toEqual({ at: '', keyword: 'maxDepth' });
    });

    it('compares numbers of so many digits', () => {
      expect(check({ type: 'integer' }, 10n ** 308n - 1n)).toBeUndefined();
      const beyond = { at: '', keyword: 'maxNumberDigits' };
      expect(check({ type: 'integer' }, 10n ** 308n)).toEqual(beyond);
      expect(check({ type: 'integer' }, -(10n ** 308n))).toEqual(beyond);
      expect(check({}, Number.POSITIVE_INFINITY)).toEqual(beyond);
      expect(check({ enum: [[1]] }, [Number.NaN])).toEqual(beyond);
    });

    it('lets nothing pass at a limit, however the schema turns it', () => {
      const text = 'a'.repeat(10_000);
      const cases: readonly (readonly [unknown, unknown])[] = [
        [{ not: { pattern: '^b' } }, text],
        [{ not: { not: { pattern: 'a' } } }, text],
        [{ if: { pattern: '^b' }, else: true }, text],
        [{ anyOf: [{ pattern: '^b' }, true] }, text],
        [{ oneOf: [{ pattern: '^b' }, true] }, text],
        [{ contains: { pattern: '^b' }, minContains: 0 }, [text]],
        [{ propertyNames: { not: { pattern: '^b' } } }, { [text]: 1 }],
        [{ patternProperties: { '^b': false } }, { [text]: 1 }],
      ];
      for (const [schema, value] of cases) expect(check(schema, value, { maxSteps: 1_000 })?.keyword).toBe('maxSteps');
    });
  });
});
