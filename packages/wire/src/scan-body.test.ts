import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_NODES_MAX, parseJson, type ScannedBody, scanBody, scanMember, scanString } from './index.ts';

const rules = { arrays: ['messages', 'tools'], members: ['system', 'input', 'messages'], maxDepth: 32 };
const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (body: Uint8Array, range: { start: number; end: number }) =>
  new TextDecoder().decode(body.subarray(range.start, range.end));
const restOf = (body: Uint8Array, scanned: ScannedBody) => scanned.rest.map((range) => textOf(body, range)).join('');

function scan(text: string): ScannedBody {
  const scanned = scanBody(bytes(text), rules);
  if ('fault' in scanned) throw new Error(scanned.fault);
  return scanned;
}

function faultOf(text: string): string | undefined {
  const scanned = scanBody(bytes(text), rules);
  return 'fault' in scanned ? scanned.fault : undefined;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What stands in the place of a value that was cut out whole. */
function emptied(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? [] : {};
}

const values = fc.json({ maxDepth: 4, noUnicodeString: false });
const bodies = fc.record({
  messages: fc.array(values, { maxLength: 5 }),
  tools: fc.option(fc.array(values, { maxLength: 3 }), { nil: undefined }),
  before: values,
  system: values,
  space: fc.constantFrom('', ' ', '\n\t '),
});

describe('scanBody()', () => {
  test('cuts out exactly the named values, and the rest is the body with those values empty', () => {
    fc.assert(
      fc.property(bodies, ({ messages, tools, before, system, space }) => {
        const list = (items: readonly string[]) => `[${space}${items.join(`${space},${space}`)}${space}]`;
        const parts = [`"x"${space}:${before}`, `"messages":${space}${list(messages)}`];
        if (tools !== undefined) parts.push(`"tools"${space}:${list(tools)}`);
        parts.push(`"system":${space}${system}`);
        const text = `${space}{${space}${parts.join(`${space},${space}`)}${space}}${space}`;
        const body = bytes(text);
        const scanned = scan(text);
        expect(scanned.elements.get('messages')?.map((range) => textOf(body, range))).toEqual(messages);
        expect(scanned.elements.get('tools')?.map((range) => textOf(body, range))).toEqual(tools);
        const whole = JSON.parse(text);
        const left = emptied(whole.system);
        const cut = scanned.elements.get('system')?.map((range) => textOf(body, range));
        expect(cut).toEqual(left === whole.system && left !== '' ? undefined : [system]);
        const arrays = tools === undefined ? { messages: [] } : { messages: [], tools: [] };
        expect(JSON.parse(restOf(body, scanned))).toEqual({ ...whole, ...arrays, system: left });
      }),
      { numRuns: 300 },
    );
  });

  test('agrees with JSON.parse on every damaged body: elements and rest all parse exactly when the whole does', () => {
    const whole =
      '{"model":"m","system":"s\\"","messages":[{"a":"x\\"]"},[1,{}],"s\\\\",12,null],"n":{"messages":[1]},' +
      '"input":{"a":["}"]},"tools":[{}]}';
    const mutations = fc.record({
      at: fc.nat(whole.length - 1),
      drop: fc.nat(2),
      put: fc.constantFrom('', '"', '\\', '[', ']', '{', '}', ',', ':', ' ', '1', 'null', '"messages"'),
    });
    fc.assert(
      fc.property(fc.array(mutations, { minLength: 1, maxLength: 3 }), (list) => {
        let text = whole;
        for (const { at, drop, put } of list) text = text.slice(0, at) + put + text.slice(at + drop);
        const body = bytes(text);
        const scanned = scanBody(body, rules);
        if ('fault' in scanned) {
          expect(parses(text) && scanned.fault !== 'DUPLICATE_KEY' && text.trimStart().startsWith('{')).toBe(false);
          return;
        }
        const pieces = [...scanned.elements.values()].flat().map((range) => textOf(body, range));
        expect([...pieces, restOf(body, scanned)].every(parses)).toBe(parses(text));
        const elements = scanned.elements.get('messages') ?? [];
        const repeated = /"messages".*"messages":\[(?!1\])/.test(text);
        if (!parses(text) || repeated) return;
        const { messages, input: asked } = JSON.parse(text);
        for (const range of scanned.elements.get('input') ?? []) expect(JSON.parse(textOf(body, range))).toEqual(asked);
        if (Array.isArray(messages)) expect(elements.map((range) => JSON.parse(textOf(body, range)))).toEqual(messages);
      }),
      { numRuns: 3000 },
    );
  });

  test('knows a named array whose key is written with escapes', () => {
    const text = '{"mess\\u0061ges":[1,2]}';
    expect(scan(text).elements.get('messages')).toHaveLength(2);
  });

  test('leaves a repeated array to the duplicate check of the rest', () => {
    const text = '{"messages":[1],"messages":[2]}';
    expect(restOf(bytes(text), scan(text))).toBe('{"messages":[],"messages":[]}');
  });

  test('does not read named members below the top', () => {
    expect(scan('{"a":{"messages":[1,2],"system":"x"}}').elements.size).toBe(0);
  });

  test('cuts a named member out whole, by what its value is', () => {
    const cases = [
      ['"a\\"]}"', '""'],
      ['""', '""'],
      ['{"a":[{}]}', '{}'],
      ['{}', '{}'],
      ['[1,"]"]', '[]'],
    ] as const;
    for (const [value, left] of cases) {
      const text = `{"x":1, "system" : ${value} ,"y":2}`;
      const scanned = scan(text);
      const body = bytes(text);
      expect(
        scanned.elements.get('system')?.map((range) => textOf(body, range)),
        value,
      ).toEqual([value]);
      expect(restOf(body, scanned), value).toBe(`{"x":1, "system" : ${left} ,"y":2}`);
    }
    for (const value of ['1', 'true', 'null', '-0.5e3']) {
      const text = `{"system":${value}}`;
      expect(scan(text).elements.size, value).toBe(0);
      expect(restOf(bytes(text), scan(text)), value).toBe(text);
    }
  });

  test('cuts an array that is named both ways into its elements, and another value there whole', () => {
    expect(scan('{"messages":[1,2]}').elements.get('messages')).toHaveLength(2);
    expect(scan('{"messages":"ab"}').elements.get('messages')).toEqual([{ start: 12, end: 16 }]);
  });

  test('looks into named objects, by rules of their own, and nowhere else', () => {
    const inner = { arrays: ['tools'], members: ['choice'] };
    const deep = { ...rules, inside: new Map([['config', { ...inner, inside: new Map([['converse', inner]]) }]]) };
    const text =
      '{"tools":[0],"config" : { "x":{"tools":[9]}, "converse":{"tools":[4]},"tools" : [ {"a":"]"} , 2 ],"choice":{"b":1}}}';
    const scanned = scanBody(bytes(text), deep);
    if ('fault' in scanned) throw new Error(scanned.fault);
    const cut = Array.from(scanned.elements, ([path, ranges]) => [
      path,
      ...ranges.map((at) => textOf(bytes(text), at)),
    ]);
    expect(cut).toEqual([
      ['tools', '0'],
      ['config/converse/tools', '4'],
      ['config/tools', '{"a":"]"}', '2'],
      ['config/choice', '{"b":1}'],
    ]);
    const left = '{"tools":[],"config" : { "x":{"tools":[9]}, "converse":{"tools":[]},"tools" : [],"choice":{}}}';
    expect(restOf(bytes(text), scanned)).toBe(left);
    // A name that looks like a path is a name.
    const named = scanBody(bytes('{"config/tools":[1],"config":[{"tools":[1]}]}'), deep);
    expect('fault' in named ? named.fault : named.elements.size).toBe(0);
  });

  test('agrees with JSON.parse inside named objects too, however the body is damaged', () => {
    const deep = { ...rules, inside: new Map([['n', { arrays: ['tools', 'messages'], members: ['system'] }]]) };
    const whole = '{"messages":[1],"n":{"messages":["x\\"]",{"a":[]}],"system":"s\\"","o":{"tools":[1]}},"tools":[{}]}';
    const mutations = fc.record({
      at: fc.nat(whole.length - 1),
      drop: fc.nat(2),
      put: fc.constantFrom('', '"', '\\', '[', ']', '{', '}', ',', ':', ' ', '1', 'null', '"n"', '"messages"'),
    });
    fc.assert(
      fc.property(fc.array(mutations, { minLength: 0, maxLength: 3 }), (list) => {
        let text = whole;
        for (const { at, drop, put } of list) text = text.slice(0, at) + put + text.slice(at + drop);
        const body = bytes(text);
        const scanned = scanBody(body, deep);
        if ('fault' in scanned) {
          expect(parses(text) && scanned.fault !== 'DUPLICATE_KEY' && text.trimStart().startsWith('{')).toBe(false);
          return;
        }
        const pieces = [...scanned.elements.values()].flat().map((range) => textOf(body, range));
        const rest = restOf(body, scanned);
        expect([...pieces, rest].every(parses)).toBe(parses(text));
        // A key that stands twice in one object stands twice in the rest, which is refused for it.
        const clean = parses(rest) && !('fault' in parseJson(rest, { maxDepth: 32, strict: true }));
        if (!parses(text) || !clean) return;
        const { n } = JSON.parse(text);
        const cut = scanned.elements.get('n/messages')?.map((range) => JSON.parse(textOf(body, range)));
        if (Array.isArray(n?.messages)) expect(cut).toEqual(n.messages);
        else expect(cut).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  test('bounds the depth inside named objects like that of any other', () => {
    const deep = { ...rules, inside: new Map([['n', { arrays: ['tools'], members: ['system'] }]]) };
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const faultIn = (text: string, maxDepth = 32) => {
      const scanned = scanBody(bytes(text), { ...deep, maxDepth });
      return 'fault' in scanned ? scanned.fault : undefined;
    };
    for (const member of ['x', 'system']) {
      expect(faultIn(`{"n":{"${member}":${nested(30)}}}`)).toBeUndefined();
      expect(faultIn(`{"n":{"${member}":${nested(31)}}}`)).toBe('BODY_TOO_DEEP');
    }
    expect(faultIn(`{"n":{"tools":[${nested(29)}]}}`)).toBeUndefined();
    expect(faultIn(`{"n":{"tools":[${nested(30)}]}}`)).toBe('BODY_TOO_DEEP');
    expect(faultIn('{"n":{}}', 2)).toBeUndefined();
    expect(faultIn('{"n":{}}', 1)).toBe('BODY_TOO_DEEP');
  });

  test('leaves a repeated member to the duplicate check of the rest', () => {
    const text = '{"system":"a","system":{"b":1}}';
    expect(restOf(bytes(text), scan(text))).toBe('{"system":"","system":{}}');
  });

  test('names what is wrong', () => {
    expect(faultOf('{"messages":[{"a":"b')).toBe('BODY_TRUNCATED');
    expect(faultOf('{"messages":[1,')).toBe('BODY_TRUNCATED');
    expect(faultOf('{"messages":[]} {}')).toBe('TRAILING_VALUE');
    expect(faultOf('[1]')).toBe('BODY_SHAPE');
    expect(faultOf('')).toBe('BODY_NOT_JSON');
    expect(faultOf('\ufeff{}')).toBe('BODY_NOT_JSON');
    expect(faultOf('{"messages":[1 2]}')).toBe('BODY_NOT_JSON');
    const notUtf8 = bytes('{"a":"x"}');
    notUtf8[6] = 0xff;
    expect(scanBody(notUtf8, rules)).toEqual({ fault: 'BODY_NOT_UTF8' });
  });

  test('bounds the depth of what it jumps over, elements included', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(faultOf(`{"x":${nested(31)}}`)).toBeUndefined();
    expect(faultOf(`{"x":${nested(32)}}`)).toBe('BODY_TOO_DEEP');
    expect(faultOf(`{"messages":[${nested(30)}]}`)).toBeUndefined();
    expect(faultOf(`{"messages":[${nested(31)}]}`)).toBe('BODY_TOO_DEEP');
    expect(faultOf(`{"system":${nested(31)}}`)).toBeUndefined();
    expect(faultOf(`{"system":${nested(32)}}`)).toBe('BODY_TOO_DEEP');
  });

  test('bounds strings, names, containers and cut elements exactly, and leaves other numbers to the parser', () => {
    const bounded = (text: string, maxNodes: number) => {
      const scanned = scanBody(bytes(text), { ...rules, maxNodes });
      return 'fault' in scanned ? scanned.fault : undefined;
    };
    for (const [text, nodes] of [
      ['{}', 1],
      ['{"a":1}', 3],
      ['{"a":[1,2,3,null]}', 3],
      ['{"a":["x",{"b":"y"},[]]}', 8],
      ['{"system":"x"}', 3],
      ['{"messages":[1,2,3]}', 6],
      ['{"messages":[{"role":"user"},[]]}', 7],
    ] as const) {
      expect(bounded(text, nodes), text).toBeUndefined();
      if (nodes > 1) expect(bounded(text, nodes - 1), text).toBe('BODY_TOO_MANY_VALUES');
    }
    const inside = { ...rules, inside: new Map([['config', { arrays: ['tools'], members: [] }]]) };
    const scanned = scanBody(bytes('{"config":{"tools":[{}]}}'), { ...inside, maxNodes: 6 });
    expect(scanned).not.toHaveProperty('fault');
    expect(scanBody(bytes('{"config":{"tools":[{}]}}'), { ...inside, maxNodes: 5 })).toHaveProperty('fault');
  });

  test('keeps no more ranges than there may be nodes, however short the elements are', () => {
    const text = `{"messages":[${'1,'.repeat(JSON_NODES_MAX)}1]}`;
    expect(faultOf(text)).toBe('BODY_TOO_MANY_VALUES');
  });

  test('reads strings of every length and every run of backslashes', () => {
    for (const length of [0, 1, 22, 23, 24, 25, 26, 100]) {
      for (const slashes of [0, 1, 2, 3, 25, 50]) {
        const value = `${'x'.repeat(length)}${'\\'.repeat(slashes)}"${'y'.repeat(length)}`;
        const text = `{"messages":[${JSON.stringify(value)},${JSON.stringify(value)}]}`;
        const ranges = scan(text).elements.get('messages') ?? [];
        expect(ranges.map((range) => JSON.parse(textOf(bytes(text), range)))).toEqual([value, value]);
      }
    }
  });
});

describe('scanMember()', () => {
  test('finds a member of an object as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.boolean(), (object, pretty) => {
        const text = JSON.stringify({ ...object, name: 'caf\u00e9 "x"' }, null, pretty ? 1 : 0);
        const latin1 = Buffer.from(text).toString('latin1');
        const range = { start: 0, end: latin1.length };
        expect(scanString(latin1, scanMember(latin1, range, 'name'))).toBe('caf\u00e9 "x"');
        expect(scanMember(latin1, range, 'absent?') >= 0).toBe(Object.hasOwn(object, 'absent?'));
      }),
    );
  });

  test('answers -1 for what is no object, and never looks beyond the range', () => {
    for (const text of ['[]', '"name"', '{"name"', '{"a":1 "name":2}', '{"a":', '']) {
      expect(scanMember(text, { start: 0, end: text.length }, 'name'), text).toBe(-1);
    }
    expect(scanMember('{"a":1},{"name":2}', { start: 0, end: 7 }, 'name')).toBe(-1);
    expect(scanString('{"a":1}', -1)).toBeUndefined();
    expect(scanString('12', 0)).toBeUndefined();
    expect(scanString('"\\x"', 0)).toBeUndefined();
  });
});
