import { describe, expect, it } from 'vitest';
import {
  type ArgumentType,
  MAX_ARGUMENT_DEPTH,
  MAX_ARGUMENT_MEMBERS,
  MAX_ARGUMENT_NAME_CHARS,
  MAX_TOOL_SCHEMA_CHARS,
  readArgumentTypes,
} from './argument-type.ts';

const read = (schema: object) => readArgumentTypes(JSON.stringify({ type: 'object', ...schema }));

/** Types of members in short: `to?: String`. */
function shown(type: ArgumentType | undefined): string {
  if (type === undefined) return 'none';
  if (type.kind === 'Set') return `Set<${shown(type.element)}>`;
  if (type.kind !== 'record') return type.kind;
  return `{${type.members.map(({ name, type: of, isOptional }) => `${name}${isOptional ? '?' : ''}: ${shown(of)}`).join(', ')}}`;
}

/** What one required argument becomes. */
const typeOf = (schema: unknown, more: object = {}) =>
  shown(read({ properties: { a: schema }, required: ['a'], ...more }));

function nested(depth: number): object {
  let schema: object = { type: 'string' };
  for (let level = 0; level < depth; level += 1) schema = { type: 'object', properties: { a: schema } };
  return schema;
}

describe('readArgumentTypes()', () => {
  it.each([
    [{ type: 'string', format: 'email' }, '{a: String}'],
    [{ type: 'integer' }, '{a: Long}'],
    [{ type: 'boolean' }, '{a: Bool}'],
    [{ type: 'number' }, '{a: decimal}'],
    [{ type: ['integer', 'number'] }, '{a: decimal}'],
    [{ type: ['string', 'null'] }, '{a?: String}'],
    [{ enum: ['eur', 'usd'] }, '{a: String}'],
    [{ enum: ['eur', null] }, '{a?: String}'],
    [{ enum: [1, 2] }, '{a: Long}'],
    [{ enum: [1, 2.5] }, '{a: decimal}'],
    [{ const: true }, '{a: Bool}'],
    [{ type: 'array', items: { type: 'integer' } }, '{a: Set<Long>}'],
    [{ type: 'array', items: { type: 'array', items: { type: 'string' } } }, '{a: Set<Set<String>>}'],
    [{ type: 'object', properties: { b: { type: 'string' }, c: true }, required: ['b'] }, '{a: {b: String}}'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }], default: null }, '{a?: Long}'],
    [
      {
        oneOf: [
          { type: 'string', format: 'uri' },
          { type: 'string', maxLength: 3 },
        ],
      },
      '{a: String}',
    ],
    [{ allOf: [{ type: 'string' }] }, '{a: String}'],
  ])('gives %j the type of Cedar that holds it', (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  it.each([
    [true],
    [{}],
    ['string'],
    [{ type: 'null' }],
    [{ type: 'text' }],
    [{ type: ['string', 'integer'] }],
    [{ type: [] }],
    [{ type: 'toString' }],
    [{ type: 'object' }],
    [{ type: 'object', properties: [] }],
    [{ type: 'array' }],
    [{ type: 'array', items: [{ type: 'string' }] }],
    [{ type: 'array', items: { type: 'string' }, prefixItems: [{ type: 'integer' }] }],
    [{ type: 'array', items: { type: ['string', 'null'] } }],
    [{ enum: ['a', 1] }],
    [{ enum: [] }],
    [{ enum: [null] }],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }],
    [{ anyOf: [] }],
    [{ anyOf: [{ type: 'string' }], allOf: [{ type: 'string' }] }],
    [{ allOf: [{ type: 'string' }, { type: 'string' }] }],
    [{ anyOf: Array(17).fill({ type: 'string' }) }],
    [{ $ref: 'https://evil.example/schema' }],
    [{ $ref: '#/$defs/absent' }],
    [{ $ref: '#' }],
    [{ $ref: 7 }],
  ])('gives %j no type', (schema) => {
    expect(typeOf(schema)).toBe('{}');
  });

  it('takes for optional what is not required, and no word of the prototype for required', () => {
    const schema = { properties: { b: { type: 'string' }, a: { type: 'string' } }, required: ['a', 7, 'c'] };
    expect(shown(read(schema))).toBe('{a: String, b?: String}');
    expect(shown(read({ properties: {}, required: 'a' }))).toBe('{}');
  });

  it('follows references within the document, and gives what leads to itself no type', () => {
    const $defs = {
      'a/b': { type: 'string' },
      ref: { $ref: '#/$defs/a~1b' },
      list: [{ type: 'integer' }],
      tree: { type: 'object', properties: { name: { type: 'string' }, child: { $ref: '#/$defs/tree' } } },
      round: { $ref: '#/$defs/about' },
      about: { $ref: '#/$defs/round' },
    };
    const typed = (name: string) => typeOf({ $ref: `#/$defs/${name}` }, { $defs });
    expect(typed('ref')).toBe('{a: String}');
    expect(typed('list/0')).toBe('{a: Long}');
    expect(typed('tree')).toBe('{a: {name?: String}}');
    expect(typed('round')).toBe('{}');
    expect(typed('list/__proto__')).toBe('{}');
    expect(typed('constructor/prototype')).toBe('{}');
  });

  it('takes `__proto__` and other odd names as names, and none that Cedar reads as something else', () => {
    const schema = '{"type":"object","properties":{"__proto__":{"type":"string"},"":{"type":"string"}}}';
    expect(shown(readArgumentTypes(schema))).toBe('{?: String, __proto__?: String}');
    const names = ['__entity', '__extn', '__expr', '\ud800'];
    expect(shown(read({ properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) }))).toBe('{}');
  });

  it('gives a name of 128 characters a type, and a longer one none', () => {
    const typed = (chars: number) => read({ properties: { ['n'.repeat(chars)]: { type: 'string' } } })?.members.length;
    expect([typed(MAX_ARGUMENT_NAME_CHARS), typed(MAX_ARGUMENT_NAME_CHARS + 1)]).toEqual([1, 0]);
  });

  it('gives 512 members of 10,000 a type, wherever they stand', () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`m${n}`, { type: 'string' }]));
    expect(read({ properties: wide })?.members).toHaveLength(MAX_ARGUMENT_MEMBERS);
    const fits = Object.fromEntries(Object.entries(wide).slice(0, MAX_ARGUMENT_MEMBERS));
    expect(read({ properties: fits })?.members).toHaveLength(MAX_ARGUMENT_MEMBERS);
    const within = read({ properties: { a: { type: 'object', properties: wide }, b: { type: 'string' } } });
    expect(within?.members.map(({ name }) => name)).toEqual(['a']);
    expect(within?.members[0]?.type).toMatchObject({ kind: 'record', members: { length: MAX_ARGUMENT_MEMBERS - 1 } });
  });

  it('reads to its depth and no further, however deep a schema is', () => {
    const depthOf = (type: ArgumentType | undefined): number =>
      type?.kind === 'record' && type.members.length > 0 ? 1 + depthOf(type.members[0]?.type) : 0;
    expect(depthOf(read({ properties: { a: nested(MAX_ARGUMENT_DEPTH - 1) } }))).toBe(MAX_ARGUMENT_DEPTH);
    expect(shown(read({ properties: { a: nested(MAX_ARGUMENT_DEPTH) } }))).toBe('{}');
    const deep = `{"type":"object","properties":{"a":${'{"items":'.repeat(50_000)}0${'}'.repeat(50_000)}}}`;
    expect(shown(readArgumentTypes(deep))).toBe('{}');
  });

  it('ends where references double what they lead to', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 14 }, (_, n) => {
        const next = n === 13 ? { type: 'string' } : { $ref: `#/$defs/d${n + 1}` };
        return [`d${n}`, { type: 'object', properties: { a: next, b: next } }];
      }),
    );
    const count = (type: ArgumentType): number =>
      type.kind === 'record' ? type.members.reduce((sum, member) => sum + 1 + count(member.type), 0) : 0;
    const doubled = (...names: string[]) => {
      const types = read({
        $defs,
        properties: Object.fromEntries(names.map((name) => [name, { $ref: '#/$defs/d7' }])),
      });
      return types && count(types);
    };
    expect([doubled('a'), doubled('a', 'b'), doubled('a', 'b', 'c')]).toEqual([255, 510, 510]);
    expect(typeOf({ $ref: '#/$defs/d0' }, { $defs })).toBe('{}');
  });

  it('takes a schema of an object within its length, and no other', () => {
    const padded = (chars: number) => '{"type":"object"}'.padEnd(chars);
    expect(readArgumentTypes(padded(MAX_TOOL_SCHEMA_CHARS))).toEqual({ kind: 'record', members: [] });
    for (const schema of [padded(MAX_TOOL_SCHEMA_CHARS + 1), '{', '[]', 'null', '{}', '{"type":["object"]}', '7']) {
      expect(readArgumentTypes(schema)).toBeUndefined();
    }
  });
});
