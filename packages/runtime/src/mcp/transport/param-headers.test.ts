import type { McpRequest, McpResult } from '@sallyport/mcp';
import { describe, expect, test } from 'vitest';
import { mcp } from '../../testing/mcp-ends.ts';
import { ParamHeaders } from './param-headers.ts';

const list = (cursor?: string) => mcp({ id: 1, method: 'tools/list', params: { cursor } }) as McpRequest;
const tools = (...of: readonly object[]) => mcp({ id: 1, result: { tools: of } }) as McpResult;
const call = (name: string, given: object) =>
  mcp({ id: 1, method: 'tools/call', params: { name, arguments: given } }) as McpRequest;
const tool = (name: string, properties: object, more: object = {}) => ({
  name,
  inputSchema: { type: 'object', properties, ...more },
});
const text = (header: string) => ({ type: 'string', 'x-mcp-header': header });

function learnt(...of: readonly object[]): ParamHeaders {
  const headers = new ParamHeaders();
  headers.learn(list(), tools(...of));
  return headers;
}

describe('ParamHeaders', () => {
  test('headersFor() repeats what the schema of the tool declares, as headers can hold it', () => {
    const headers = learnt(
      tool('search', {
        region: text('Region'),
        count: { type: 'integer', 'x-mcp-header': 'Count' },
        deep: { type: 'object', properties: { isOn: { type: 'boolean', 'x-mcp-header': 'Is-On' } } },
        other: { type: 'string' },
      }),
    );
    const given = { region: 'eu\r\nx-evil: 1', count: 42, deep: { isOn: false }, other: 'no' };
    expect(headers.headersFor(call('search', given))).toEqual({
      'mcp-param-region': '=?base64?ZXUNCngtZXZpbDogMQ==?=',
      'mcp-param-count': '42',
      'mcp-param-is-on': 'false',
    });
    expect(headers.headersFor(call('search', { region: null, count: [1], deep: 1 }))).toEqual({});
    expect(headers.headersFor(call('another', given))).toEqual({});
    expect(headers.headersFor(list())).toEqual({});
  });

  test.each([
    ['a name that is no token', { a: text('Re gion') }],
    ['a name that would end a header', { a: text('A\r\nB') }],
    ['a name of more than 64 characters', { a: text('x'.repeat(65)) }],
    ['something that is no single value', { a: { type: 'object', 'x-mcp-header': 'A' } }],
    ['one name for two', { a: text('Same'), b: text('same') }],
    [
      'more than 32',
      Object.fromEntries(Array.from({ length: 33 }, (_, at) => [at === 0 ? 'a' : `a${at}`, text(`H${at}`)])),
    ],
  ])('headersFor() repeats nothing for %s', (_what, properties) => {
    expect(learnt(tool('t', properties)).headersFor(call('t', { a: 'x', b: 'y' }))).toEqual({});
  });

  test('headersFor() takes declarations at their bounds, and values up to theirs', () => {
    const many = Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`a${at}`, text(`H${at}`)]));
    expect(learnt(tool('t', many)).headersFor(call('t', { a31: 'x' }))).toEqual({ 'mcp-param-h31': 'x' });
    const headers = learnt(tool('t', { a: text('x'.repeat(64)) }));
    expect(Object.keys(headers.headersFor(call('t', { a: 'v'.repeat(4_096) })))).toEqual([
      `mcp-param-${'x'.repeat(64)}`,
    ]);
    expect(headers.headersFor(call('t', { a: 'v'.repeat(4_097) }))).toEqual({});
  });

  test('headersFor() repeats nothing that is declared elsewhere than on a property', () => {
    const headers = learnt(
      tool(
        't',
        { a: { type: 'array', items: text('A') } },
        { 'x-mcp-header': 'B', anyOf: [{ properties: { a: text('C') } }] },
      ),
    );
    expect(headers.headersFor(call('t', { a: ['x'] }))).toEqual({});
  });

  test('learn() keeps what earlier pages said, forgets what an earlier list said, and has a bound', () => {
    const headers = learnt(tool('first', { a: text('A') }));
    headers.learn(list('page-2'), tools(tool('second', { a: text('A') })));
    expect([headers.headersFor(call('first', { a: 'x' })), headers.headersFor(call('second', { a: 'x' }))]).toEqual([
      { 'mcp-param-a': 'x' },
      { 'mcp-param-a': 'x' },
    ]);
    const page = (from: number, to: number) =>
      tools(...Array.from({ length: to - from }, (_, at) => tool(`t${from + at}`, { a: text('A') })));
    headers.learn(list(), page(0, 500));
    headers.learn(list('page-2'), page(500, 1_001));
    const known = ['first', 't999', 't1000'].map(
      (name) => Object.keys(headers.headersFor(call(name, { a: 'x' }))).length,
    );
    expect(known).toEqual([0, 1, 0]);
  });

  test('fit() takes headers that say the same, and none that is absent or says something else', () => {
    const headers = learnt(tool('t', { a: text('A') }));
    const request = call('t', { a: 'ü' });
    expect(headers.fit({}, request)).toBe(false);
    expect(headers.fit({ 'mcp-param-a': '=?base64?w7w=?=', 'mcp-param-b': 'any' }, request)).toBe(true);
    for (const told of ['u', '=?base64?!?=', '', ['=?base64?w7w=?=', 'x']]) {
      expect(headers.fit({ 'mcp-param-a': told }, request)).toBe(false);
    }
  });

  test('fit() asks for no header where the argument is absent, null, a number, longer than a header, or of another tool', () => {
    const headers = learnt(tool('t', { a: text('A'), n: { type: 'number', 'x-mcp-header': 'N' } }));
    for (const given of [{}, { a: null }, { n: 1.5 }, { a: 'v'.repeat(4_097) }]) {
      expect(headers.fit({}, call('t', given))).toBe(true);
    }
    expect(headers.fit({}, call('t', { a: 'v'.repeat(4_096) }))).toBe(false);
    expect(headers.fit({}, call('other', { a: 'x' }))).toBe(true);
    expect(headers.fit({ 'mcp-param-n': '2' }, call('t', { n: 1.5 }))).toBe(false);
  });
});
