import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, JsonArrayParser, takeFrames } from './index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const make = (maxFrameBytes = 10_000) => new JsonArrayParser({ maxFrameBytes, maxDepth: 4 });
const text = (raw: Uint8Array) => Buffer.from(raw).toString();

interface Read {
  readonly frames: readonly Frame[];
  readonly fault: string | undefined;
}

function read(input: string): Read {
  const parser = make();
  const frames = takeFrames(parser, bytes(input));
  if ('fault' in frames) return { frames: [], fault: frames.fault };
  const last = parser.end();
  expect(last === undefined || !('fault' in last)).toBe(parser.closed);
  if (last === undefined) return { frames, fault: undefined };
  return 'fault' in last ? { frames, fault: last.fault } : { frames: [...frames, last], fault: undefined };
}

function parse(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}

describe('JsonArrayParser', () => {
  test('cuts the array that a provider streams into its elements, each with the separator before it', () => {
    const { frames, fault } = read('[{"a":"é"}\n,\r\n{"b":[1]}\n]\n');
    expect(fault).toBeUndefined();
    expect(frames.map(({ raw, data }) => [text(raw), data])).toEqual([
      ['[{"a":"é"}', '{"a":"é"}'],
      ['\n,\r\n{"b":[1]}', '{"b":[1]}'],
      ['\n]', undefined],
      ['\n', undefined],
    ]);
    expect(frames[1]?.pieces).toEqual([{ offset: 0, start: 4, end: 13 }]);
  });

  test('hands out an element at its last byte, and tells at the bracket that the array is closed', () => {
    const parser = make();
    expect(takeFrames(parser, bytes('[ {"a":1'))).toEqual([]);
    expect(takeFrames(parser, bytes('}'))).toMatchObject([{ data: '{"a":1}' }]);
    expect([parser.idle, parser.closed]).toEqual([true, false]);
    expect(takeFrames(parser, bytes(','))).toEqual([]);
    expect(parser.idle).toBe(false);
    expect(takeFrames(parser, bytes('{}'))).toMatchObject([{ data: '{}' }]);
    expect(takeFrames(parser, bytes(']'))).toMatchObject([{ data: undefined, pieces: [], fields: [] }]);
    expect([parser.idle, parser.closed]).toEqual([false, true]);
    expect(parser.end()).toBeUndefined();
  });

  test('takes an empty array for a closed one', () => {
    expect(read(' [ ] ')).toMatchObject({ frames: [{ raw: bytes(' [ ]') }, { raw: bytes(' ') }], fault: undefined });
  });

  test('is not misled by brackets, quotes and escapes in strings, wherever a chunk ends', () => {
    const element = '{"]}":"\\"]}\\\\","a\\\\\\"":["[{",{}],"\\u005d":"\\\\"}';
    const input = bytes(`[${element},{}]`);
    for (let at = 0; at <= input.length; at += 1) {
      const parser = make();
      const frames = [input.subarray(0, at), input.subarray(at)].map((chunk) => takeFrames(parser, chunk));
      expect(frames.flat()).toMatchObject([{ data: element }, { data: '{}' }, { data: undefined }]);
    }
  });

  test('never takes a cut stream for a closed one', () => {
    const whole = '[{"a":"]"},{"b":[]}\n]';
    for (let length = 0; length < whole.length; length += 1) {
      expect(read(whole.slice(0, length)).fault, whole.slice(0, length)).toBe('UPSTREAM_BROKEN');
    }
    expect(read(whole).fault).toBeUndefined();
  });

  test('refuses whatever is no array of objects, and bytes behind the close', () => {
    for (const input of [
      ...['{}', '"[{}]"', '1', '\ufeff[{}]', '\u00a0[{}]', 'data: {}', '<html>', ']', ','],
      ...['[1]', '["a"]', '[[]]', '[null]', '[,', '[{},]', '[{},,', '[{}{}', '[{}:', '[{}}', '[{}"'],
      ...['[]]', '[]{}', '[{}],', '[{}][', '[{}]\n1', '[{}]\u00a0'],
    ]) {
      expect(read(input).fault, input).toBe('UPSTREAM_GARBAGE');
    }
  });

  test('is not closed any more once something stands behind the close', () => {
    const parser = make();
    expect(takeFrames(parser, bytes('[{}]'))).toHaveLength(2);
    expect(takeFrames(parser, bytes(' x'))).toEqual({ fault: 'UPSTREAM_GARBAGE' });
    expect(parser.closed).toBe(false);
    expect(parser.end()).toEqual({ fault: 'UPSTREAM_BROKEN' });
    expect(parser.take(bytes(' '), 0)).toEqual({ fault: 'UPSTREAM_GARBAGE' });
  });

  test('refuses an element that is not UTF-8', () => {
    const input = bytes('[{"a":"x"}]');
    input[7] = 0xff;
    expect(takeFrames(make(), input)).toEqual({ fault: 'UPSTREAM_GARBAGE' });
  });

  test('bounds the depth of an element, at its last bracket too many', () => {
    const nested = (depth: number) => `[{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}]`;
    expect(read(nested(4)).fault).toBeUndefined();
    expect(read(nested(5)).fault).toBe('UPSTREAM_GARBAGE');
    expect(takeFrames(make(), bytes('[{"a":[[[['))).toEqual({ fault: 'UPSTREAM_GARBAGE' });
  });

  test('bounds an element with what stands before it, and white space anywhere', () => {
    expect(takeFrames(make(8), bytes('[{"a":1}'))).toHaveLength(1);
    expect(takeFrames(make(7), bytes('[{"a":1}'))).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
    for (const start of ['', '[', '[{}', '[{},', '[{"a', '[]']) {
      const parser = make(100);
      expect(takeFrames(parser, bytes(start))).not.toHaveProperty('fault');
      let fault: string | undefined;
      for (let at = 0; at <= 100 && fault === undefined; at += 1) {
        const frames = takeFrames(parser, bytes(' '));
        if ('fault' in frames) fault = frames.fault;
      }
      expect(fault, start).toBe('UPSTREAM_TOO_LARGE');
    }
  });

  test('agrees with JSON.parse on every damaged stream: it is closed and all elements parse exactly when the whole does', () => {
    const whole = '[{"a":"x\\"]"},\r\n{"b":[{},12,null],"c":"s\\\\"}\n,\n{}]\n';
    const mutations = fc.record({
      at: fc.nat(whole.length),
      drop: fc.nat(2),
      put: fc.constantFrom('', '"', '\\', '[', ']', '{', '}', ',', ':', ' ', '1', '{}', '"a":'),
    });
    fc.assert(
      fc.property(fc.array(mutations, { maxLength: 3 }), (list) => {
        let input = whole;
        for (const { at, drop, put } of list) input = input.slice(0, at) + put + input.slice(at + drop);
        const { frames, fault } = read(input);
        const elements = frames.flatMap(({ data }) => (data === undefined ? [] : [parse(data)]));
        const expected = parse(input);
        if (fault === undefined && !elements.includes(undefined)) expect(elements).toEqual(expected);
        else expect(Array.isArray(expected) && expected.every(isObject)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
