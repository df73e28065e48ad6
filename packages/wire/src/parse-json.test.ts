import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, JSON_NODES_MAX, type JsonNode, type JsonRules, parseJson } from './index.ts';

const strict = { maxDepth: 32, strict: true };
const lenient = { maxDepth: 32, strict: false };

function faultOf(text: string, rules: JsonRules = strict): unknown {
  const result = parseJson(text, rules);
  return 'fault' in result ? result.fault : undefined;
}

/** The plain value of a node, built without looking at the text again. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key.value, plain(value)]));
    case 'array':
      return node.items.map(plain);
    default:
      return node.value;
  }
}

function jsonParses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function eachNode(node: JsonNode, visit: (node: JsonNode) => void): void {
  visit(node);
  if (node.kind === 'array') for (const item of node.items) eachNode(item, visit);
  if (node.kind === 'object') {
    for (const { key, value } of node.members) {
      visit(key);
      eachNode(value, visit);
    }
  }
}

/** Texts near JSON: pieces of grammar in any order, so that valid and nearly valid ones both come up. */
const nearJson = fc
  .array(
    fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"', '"a"', '"\\u0061"', '"\\ud83d\\ude00"', '"\\ud800"', '"é😀"', '\\', '\\"'],
      ...[
        '0',
        '-',
        '-0',
        '01',
        '1.',
        '1.5',
        '1e5',
        '1E+',
        '.5',
        'true',
        'tru',
        'null',
        'false',
        ' ',
        '\n',
        '\t',
        '\u00a0',
        '\u0001',
      ],
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(''));

describe('parseJson()', () => {
  test('accepts what JSON.parse accepts and nothing else, when it is not strict', () => {
    fc.assert(
      fc.property(nearJson, (text) => {
        const node = parseJson(text, lenient);
        expect('fault' in node).toBe(!jsonParses(text));
      }),
      { numRuns: 3000 },
    );
  });

  test('gives the values of JSON.parse, and the place of each literal', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.boolean(), (json, pretty) => {
        const text = pretty ? JSON.stringify(JSON.parse(json), null, 2) : json;
        const node = parseJson(text, lenient);
        if ('fault' in node) throw new Error(node.fault);
        expect(plain(node)).toEqual(plain(parseJson(JSON.stringify(JSON.parse(text)), lenient) as JsonNode));
        eachNode(node, (each) => {
          const source = text.slice(each.start, each.end);
          if (each.kind === 'string') expect(JSON.parse(source)).toBe(each.value);
          else expect(JSON.parse(source)).toEqual(JSON.parse(JSON.stringify(JSON.parse(source))));
        });
      }),
      { numRuns: 300 },
    );
  });

  test('refuses a key repeated within one object at any depth, also when only unescaping shows it', () => {
    expect(faultOf('{"a":1,"a":2}')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"a":1,"\\u0061":2}')).toBe('DUPLICATE_KEY');
    expect(faultOf('[{"x":{"b":1,"c":2,"\\u0062":3}}]')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}')).toBeUndefined();
    expect(faultOf('{"__proto__":1,"__proto__":2}')).toBe('DUPLICATE_KEY');
  });

  test('finds a repeated key wherever it stands among many', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        (keys, which, where) => {
          const repeated = keys[which % keys.length] ?? '';
          const all = [...keys];
          expect(faultOf(`{${all.map((key) => `${JSON.stringify(key)}:0`).join()}}`)).not.toBe('DUPLICATE_KEY');
          all.splice(where % (keys.length + 1), 0, repeated);
          const text = `{${all.map((key) => `${JSON.stringify(key)}:0`).join()}}`;
          expect(faultOf(text)).toBe('DUPLICATE_KEY');
        },
      ),
    );
  });

  test('refuses lone surrogates that an escape brings in, in values and keys, and takes pairs', () => {
    expect(faultOf('"\\ud800"')).toBe('LONE_SURROGATE');
    expect(faultOf('{"\\udc00":1}')).toBe('LONE_SURROGATE');
    expect(faultOf('"\\ude00\\ud83d"')).toBe('LONE_SURROGATE');
    expect(faultOf('"\\ud83d\\ude00"')).toBeUndefined();
    expect(faultOf('"\\ud83d😀"')).toBe('LONE_SURROGATE');
    expect(faultOf('"\\\\ud800"')).toBeUndefined();
  });

  test('bounds the depth exactly', () => {
    expect(faultOf(`${'['.repeat(32)}${']'.repeat(32)}`)).toBeUndefined();
    expect(faultOf(`${'['.repeat(33)}${']'.repeat(33)}`)).toBe('BODY_TOO_DEEP');
    expect(faultOf('{"a":'.repeat(1_000_000))).toBe('BODY_TOO_DEEP');
  });

  test('counts every value and every name of a member, and bounds them exactly', () => {
    const text = '{"a": [1, "x", null, [], {}], "b": {"c": [1.5, 2]}}';
    const bounded = (maxNodes: number) => faultOf(text, { ...strict, maxNodes });
    expect(bounded(14)).toBeUndefined();
    expect(bounded(13)).toBe('BODY_TOO_MANY_VALUES');
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (json) => {
        let nodes = 0;
        const node = parseJson(json, strict);
        if (!isFault(node)) eachNode(node, () => (nodes += 1));
        expect(faultOf(json, { ...strict, maxNodes: nodes })).toBeUndefined();
        expect(faultOf(json, { ...strict, maxNodes: nodes - 1 })).toBe('BODY_TOO_MANY_VALUES');
      }),
    );
  });

  test.each(['1', '[]', '{}', '""', 'null', '{"":1}'])(
    'stops at `JSON_NODES_MAX` where no bound is said, among %s',
    (item) => {
      const text = (count: number) => `[${Array.from({ length: count }, () => item).join(',')}]`;
      const each = item === '{"":1}' ? 3 : 1;
      const most = Math.floor((JSON_NODES_MAX - 1) / each);
      expect(faultOf(text(most + 1))).toBe('BODY_TOO_MANY_VALUES');
      if (item === '1') expect(faultOf(text(most))).toBeUndefined();
    },
  );

  test('tells a second value from a truncated one and from garbage, with the byte offset', () => {
    expect(parseJson('{"é":1} {}', strict)).toEqual({ fault: 'TRAILING_VALUE', at: '9' });
    for (const cut of ['{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '[', '[1', '"a', '"a\\', 'tr', '-', '{"a":nul']) {
      expect(faultOf(cut), cut).toBe('BODY_TRUNCATED');
    }
    for (const bad of [
      '',
      '  ',
      '{a:1}',
      "{'a':1}",
      '[1,]',
      '{"a":1,}',
      '01',
      '+1',
      '"\n"',
      '"\\x"',
      'NaN',
      '\u00a01',
      '[1 2]',
    ]) {
      expect(['BODY_NOT_JSON', 'TRAILING_VALUE'], bad).toContain(faultOf(bad));
    }
  });
});

describe('decodeUtf8()', () => {
  test('refuses bytes that are not UTF-8, and a byte order mark', () => {
    expect(decodeUtf8(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({ fault: 'BODY_NOT_UTF8' });
    expect(decodeUtf8(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))).toEqual({ fault: 'BODY_NOT_UTF8' });
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toEqual({ fault: 'BODY_NOT_JSON', at: '0' });
    expect(decodeUtf8(new TextEncoder().encode('"é"'))).toBe('"é"');
  });
});

describe('parseJson() with skipVectors', () => {
  const skipping = (text: string) => parseJson(text, { maxDepth: 8, strict: true, skipVectors: 'all' });

  test('leaves out what holds numbers and nothing else, and keeps everything beside it', () => {
    expect(skipping('[{"embedding": [0.1, -2e3 ,7]}, [1, "a"], []]')).toMatchObject({
      items: [
        {
          members: [
            { key: { value: 'embedding' }, value: { kind: 'array', start: 15, end: 29, items: [], vector: true } },
          ],
        },
        {
          items: [
            { kind: 'number', value: 1 },
            { kind: 'string', value: 'a' },
          ],
        },
        { items: [] },
      ],
    });
    expect(skipping('[ ]')).not.toHaveProperty('vector');
    expect(skipping('[1]')).toHaveProperty('vector', true);
  });

  test('counts no number that it leaves out, and any other', () => {
    const bounded = (text: string) => parseJson(text, { maxDepth: 8, strict: true, skipVectors: 'all', maxNodes: 3 });
    expect(bounded('[[1,2,3,4,5],[6]]')).not.toHaveProperty('fault');
    expect(bounded('[1,2,3]')).not.toHaveProperty('fault');
    expect(bounded('[1,2,"a"]')).toHaveProperty('fault', 'BODY_TOO_MANY_VALUES');
  });

  test('keeps a number that could be somebody’s, where only short ones are left out', () => {
    const short = (text: string) => parseJson(text, { maxDepth: 8, strict: true, skipVectors: 'short' });
    expect(short('[1,-2.5e3,12345678901]')).toMatchObject({ items: [], vector: true });
    expect(short('[1,123456789012]')).toMatchObject({ items: [{ value: 1 }, { value: 123_456_789_012 }] });
    expect(short('[1,123456789012]')).not.toHaveProperty('vector');
  });

  test('takes what it took with the items, and nothing else', () => {
    const pieces = fc.array(
      fc.constantFrom('1', '-0.5', '1e9', ',', ' ', '[', ']', '01', '-', '"a"', 'null', '1.', '{}'),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(pieces, (list) => {
        const text = `[${list.join('')}]`;
        const rules = { maxDepth: 8, strict: true };
        const [plain, skipped] = [parseJson(text, rules), skipping(text)];
        expect(isFault(skipped) ? skipped : 'taken').toEqual(isFault(plain) ? plain : 'taken');
      }),
      { numRuns: 2_000 },
    );
  });
});
