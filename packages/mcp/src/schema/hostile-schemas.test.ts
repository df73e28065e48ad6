import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { openAnySchema } from './argument-schema.ts';
import type { Mismatch } from './check-run.ts';

function check(schema: unknown, value: unknown): Mismatch | undefined {
  const opened = openAnySchema(schema);
  if (isFault(opened)) throw new Error(`${opened.fault} at ${opened.at}`);
  return opened.check(value);
}

const faultOf = (schema: unknown) => {
  const opened = openAnySchema(schema);
  return isFault(opened) ? opened.fault : undefined;
};

const STEPS = { at: '', keyword: 'maxSteps' };

/** Forty definitions, each of which asks the next one twice. */
function doubling(combine: (next: unknown) => object): object {
  const names = Array.from({ length: 40 }, (_, index) => `d${index}`);
  const defs = names.map((name, index) => [name, combine({ $ref: `#/$defs/d${index + 1}` })]);
  return { $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(defs), d40: { type: 'number' } } };
}

/** JSON that was never text: `parseJson()` takes none so deep. */
function nest(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

describe('openAnySchema() of a hostile server', () => {
  it.each([
    ['allOf', doubling((next) => ({ allOf: [next, next] }))],
    ['anyOf', doubling((next) => ({ anyOf: [{ allOf: [next, { not: {} }] }, next] }))],
    ['oneOf', doubling((next) => ({ oneOf: [{ allOf: [next, { not: {} }] }, next] }))],
    ['not', doubling((next) => ({ not: { anyOf: [{ not: next }, { not: next }] } }))],
    ['marks', { ...doubling((next) => ({ allOf: [next, next] })), unevaluatedProperties: false }],
  ])('ends a check that doubles with each of forty definitions, by `%s`', (_keyword, schema) => {
    expect(check(schema, 7)).toEqual(STEPS);
  });

  it('ends a check that doubles with each level of the value', () => {
    const down = { properties: { a: { $ref: '#' } }, allOf: [{ not: {} }] };
    expect(
      check(
        { anyOf: [down, down] },
        nest(60, (a) => ({ a })),
      ),
    ).toEqual(STEPS);
  });

  it.each([
    ['(?:a+)+$', `${'a'.repeat(5_000)}!`],
    ['^(?:a|aa)+$', `${'a'.repeat(5_000)}!`],
    ['^(?:.*a){20}$', 'a'.repeat(5_000).replace(/a$/, 'b')],
    ['(?:x+x+)+y', 'x'.repeat(5_000)],
    ['^(?:(?:[a-z])+.)+[A-Z](?:[a-z])+$', 'a'.repeat(5_000)],
  ])('answers `%s`, which the native engine does not', (pattern, text) => {
    expect(['pattern', undefined]).toContain(check({ pattern }, text)?.keyword);
  });

  it('spends on patterns by names what they cost', () => {
    const names = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`${'a'.repeat(40)}${index}`, 1]));
    const patterns = Array.from({ length: 100 }, (_, index) => [`^(?:a|b|c){1,10}x${index}$`, true]);
    expect(check({ patternProperties: Object.fromEntries(patterns) }, names)).toEqual(STEPS);
  });

  it('finds a value in an `enum` of a megabyte, and takes none that is larger than its limit', () => {
    const values = Array.from({ length: 30_000 }, (_, index) => `value-${String(index).padStart(26, '0')}`);
    expect(JSON.stringify(values).length).toBeGreaterThan(1_000_000);
    const opened = openAnySchema({ enum: values });
    if (isFault(opened)) throw new Error(opened.fault);
    expect(opened.check(values.at(-1))).toBeUndefined();
    expect(opened.check('another')).toEqual({ at: '', keyword: 'enum' });
    expect(opened.check('v'.repeat(5_000_000))).toEqual({ at: '', keyword: 'enum' });
    expect(faultOf({ enum: [...values, 'v'.repeat(100_000)] })).toBe('TOOL_SCHEMA_TOO_LARGE');
  });

  it('compares a hundred thousand items with each other, and not again and again', () => {
    const items = Array.from({ length: 100_000 }, (_, index) => index);
    expect(check({ uniqueItems: true }, items)).toBeUndefined();
    expect(check({ uniqueItems: true }, [...items, 99_999.0])).toEqual({ at: '', keyword: 'uniqueItems' });
    expect(
      check(
        { uniqueItems: true },
        items.map((id) => ({ id, name: '' })),
      ),
    ).toBeUndefined();
    expect(check({ allOf: Array.from({ length: 20 }, () => ({ uniqueItems: true })) }, items)).toEqual(STEPS);
  });

  it('ends at values that are nested without end', () => {
    const deep = nest(100_000, (inner) => [inner]);
    expect(check({ uniqueItems: true }, [deep])).toEqual({ at: '', keyword: 'maxDepth' });
    expect(check({ const: [[[]]] }, deep)).toBeDefined();
    expect(check({ items: { $ref: '#' } }, deep)).toEqual({ at: '', keyword: 'maxDepth' });
    expect(check({ items: true }, deep)).toBeUndefined();
  });

  it('takes no schema that is nested without end', () => {
    expect(faultOf(nest(100_000, (not) => ({ not })))).toBe('TOOL_SCHEMA_TOO_LARGE');
    expect(faultOf({ const: nest(100_000, (inner) => [inner]) })).toBe('TOOL_SCHEMA_TOO_LARGE');
    expect(faultOf({ default: nest(100_000, (inner) => [inner]) })).toBeUndefined();
    expect(faultOf({ $ref: `#${'/not'.repeat(100_000)}`, not: true })).toBe('TOOL_SCHEMA_UNKNOWN');
  });

  it('counts what is made of references again and again', () => {
    const chain = Array.from({ length: 5_000 }, (_, index) => [`d${index}`, { $ref: `#/$defs/d${index + 1}` }]);
    expect(faultOf({ $ref: '#/$defs/d0', $defs: Object.fromEntries(chain) })).toBe('TOOL_SCHEMA_TOO_LARGE');
    const short = Object.fromEntries([...chain.slice(0, 1_000), ['d1000', true]]);
    expect(check({ $ref: '#/$defs/d0', $defs: short }, 1)).toEqual({ at: '', keyword: 'maxDepth' });
  });

  it('reads names of the language as names of members, and keeps out of the prototype', () => {
    const schema = JSON.parse(
      '{"properties":{"__proto__":{"properties":{"polluted":{"const":1}}}},"required":["hasOwnProperty"],"$defs":{"__proto__":{"$anchor":"a"}}}',
    );
    expect(check(schema, JSON.parse('{"__proto__":{"polluted":2},"hasOwnProperty":0}'))).toEqual({
      at: '/__proto__/polluted',
      keyword: 'const',
    });
    expect(check(schema, {})).toEqual({ at: '', keyword: 'required' });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('checks huge numbers exactly', () => {
    expect(check({ maximum: 10n ** 300n }, 10n ** 300n + 1n)).toEqual({ at: '', keyword: 'maximum' });
    expect(check({ multipleOf: 1e-300 }, 1.5e300)).toBeUndefined();
    expect(check({ minLength: 10n ** 30n }, 'a')).toEqual({ at: '', keyword: 'minLength' });
    expect(check({ maxItems: 1e308 }, [1])).toBeUndefined();
  });

  it('tells nothing that the server or the caller wrote', () => {
    const secret = 'SECRET';
    const told = [
      openAnySchema({ properties: { [secret]: { $ref: `#/${secret}` } } }),
      openAnySchema({ $defs: { [secret]: { pattern: `(?=${secret})` } } }),
      openAnySchema({ $id: `http://[${secret}` }),
      check({ additionalProperties: { const: secret } }, { [secret]: `${secret}1` }),
      check({ patternProperties: { [secret]: { enum: [secret] } } }, { [secret]: secret.repeat(2) }),
      check({ propertyNames: { const: `${secret}1` } }, { [secret]: secret }),
    ];
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(told).toHaveLength(told.filter((one) => one !== undefined).length);
  });
});
