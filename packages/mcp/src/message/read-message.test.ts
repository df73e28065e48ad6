import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METHOD_MAX_CHARS, type MessageLimits, readMessage } from './read-message.ts';
import { ID_MAX_CHARS } from './request-id.ts';

const LIMITS: MessageLimits = { maxDepth: 8, maxNodes: 64 };

function read(text: string, limits = LIMITS) {
  return readMessage(Buffer.from(text), limits);
}

describe('readMessage()', () => {
  it.each([
    ['a request', '{"jsonrpc":"2.0","id":7,"method":"ping"}', { kind: 'request', id: 7, method: 'ping' }],
    ['a request with an id of text', '{"jsonrpc":"2.0","id":"","method":"a/b"}', { kind: 'request', id: '' }],
    ['a notification', '{"method":"notifications/x","jsonrpc":"2.0","params":{}}', { kind: 'notification' }],
    ['a result', '{"jsonrpc":"2.0","id":-3,"result":{}}', { kind: 'result', id: -3 }],
    [
      'an error',
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
      { kind: 'error', code: -32601, id: 1 },
    ],
  ])('takes %s', (_what, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it('takes an error without an id, and one whose id is null', () => {
    for (const id of ['', '"id":null,']) {
      const message = read(`{"jsonrpc":"2.0",${id}"error":{"code":1,"message":"m","data":[1]}}`);
      expect(message).toMatchObject({ kind: 'error', data: { kind: 'array' } });
      expect(message).not.toHaveProperty('id');
    }
  });

  it('leaves out the spaces around a message, and keeps every other byte', () => {
    const text = '{"jsonrpc" : "2.0", "id":1,"method":"x",\n"params":{"ü":"\\u00fc"}}';
    const message = read(`\r\n\t ${text} \n`);
    if (isFault(message)) throw new Error(message.fault);
    expect(Buffer.from(message.bytes).toString()).toBe(text);
    expect(message.text).toBe(text);
  });

  it.each([
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"x"}]', ''],
    ['a string', '"x"', ''],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"x"}', '/jsonrpc'],
    ['no version', '{"id":1,"method":"x"}', '/jsonrpc'],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"x"}', '/id'],
    ['a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"x"}', '/id'],
    ['an integer as a fraction', '{"jsonrpc":"2.0","id":1.0,"method":"x"}', '/id'],
    ['an integer with an exponent', '{"jsonrpc":"2.0","id":1e2,"method":"x"}', '/id'],
    ['minus zero', '{"jsonrpc":"2.0","id":-0,"method":"x"}', '/id'],
    ['an integer that numbers cannot hold', '{"jsonrpc":"2.0","id":9007199254740993,"method":"x"}', '/id'],
    ['an object as id', '{"jsonrpc":"2.0","id":{},"result":{}}', '/id'],
    ['a result without an id', '{"jsonrpc":"2.0","result":{}}', '/id'],
    ['a result that is a list', '{"jsonrpc":"2.0","id":1,"result":[]}', '/result'],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"x","params":[]}', '/params'],
    ['params that are null', '{"jsonrpc":"2.0","id":1,"method":"x","params":null}', '/params'],
    ['a method with a space', '{"jsonrpc":"2.0","id":1,"method":"a b"}', '/method'],
    ['no method, no answer', '{"jsonrpc":"2.0","id":1}', ''],
    ['a request that is a result', '{"jsonrpc":"2.0","id":1,"method":"x","result":{}}', ''],
    ['a result that is an error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', ''],
    ['an error without a code', '{"jsonrpc":"2.0","id":1,"error":{"message":""}}', '/error/code'],
    ['an error without words', '{"jsonrpc":"2.0","id":1,"error":{"code":1}}', '/error/message'],
    ['an error with an id that is none', '{"jsonrpc":"2.0","id":1.5,"error":{"code":1,"message":""}}', '/id'],
    ['a disguised member', '{"jsonrpc":"2.0","id":1,"method":"x","Method":"y"}', ''],
    ['a disguised tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}', '/params'],
    ['a disguised list', '{"jsonrpc":"2.0","id":1,"result":{"tools":[],"TOOLS":[]}}', '/result'],
    ['a disguised item', '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","nAme":"b"}]}}', '/result'],
    ['a name that folds', '{"jsonrpc":"2.0","id":1,"re\\u017fult":{},"result":{}}', ''],
  ])('refuses %s', (_what, text, at) => {
    expect(read(text)).toEqual({ fault: 'BODY_SHAPE', at });
  });

  it.each([
    ['a key twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}', 'DUPLICATE_KEY'],
    ['a key twice, once escaped', '{"jsonrpc":"2.0","id":1,"method":"x","\\u006dethod":"y"}', 'DUPLICATE_KEY'],
    ['a lone surrogate', '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\\ud800"}}', 'LONE_SURROGATE'],
    ['two messages', '{"jsonrpc":"2.0","id":1,"method":"x"}{}', 'TRAILING_VALUE'],
    ['half a message', '{"jsonrpc":"2.0","id":1', 'BODY_TRUNCATED'],
    ['nothing', '', 'BODY_NOT_JSON'],
    ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"x"}', 'BODY_NOT_JSON'],
  ])('refuses %s', (_what, text, fault) => {
    expect(read(text)).toMatchObject({ fault });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(readMessage(Uint8Array.of(0x22, 0xff, 0x22), LIMITS)).toEqual({ fault: 'BODY_NOT_UTF8' });
  });

  it('takes `__proto__` for a name like any other', () => {
    const message = read('{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"name":"y"}}}');
    expect(message).toMatchObject({ kind: 'request', method: 'x' });
    expect(({} as Record<string, unknown>).name).toBeUndefined();
  });

  it('takes depth and values up to the limits, and nothing beyond', () => {
    const nested = (depth: number) =>
      `{"jsonrpc":"2.0","method":"x","params":{"a":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`;
    expect(isFault(read(nested(8)))).toBe(false);
    expect(read(nested(9))).toMatchObject({ fault: 'BODY_TOO_DEEP' });
    // Root, three names and three values, the name `a`, its array: nine; each item is one more.
    const listed = (items: number) => `{"jsonrpc":"2.0","method":"x","params":{"a":[${Array(items).fill(0).join()}]}}`;
    expect(isFault(read(listed(64 - 9)))).toBe(false);
    expect(read(listed(64 - 8))).toMatchObject({ fault: 'BODY_TOO_MANY_VALUES' });
  });

  it('takes ids and methods up to their limits, and nothing beyond', () => {
    const withId = (chars: number) => read(`{"jsonrpc":"2.0","id":"${'i'.repeat(chars)}","method":"x"}`);
    expect(isFault(withId(ID_MAX_CHARS))).toBe(false);
    expect(withId(ID_MAX_CHARS + 1)).toEqual({ fault: 'BODY_SHAPE', at: '/id' });
    const named = (chars: number) => read(`{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(chars)}"}`);
    expect(isFault(named(METHOD_MAX_CHARS))).toBe(false);
    expect(named(METHOD_MAX_CHARS + 1)).toEqual({ fault: 'BODY_SHAPE', at: '/method' });
  });

  it('gives a message or a fault for whatever comes', () => {
    const member = fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error', '__proto__', 'x');
    const value = fc.oneof(fc.constant('2.0'), fc.jsonValue());
    fc.assert(
      fc.property(fc.dictionary(member, value), (body) => {
        const message = read(JSON.stringify(body), { maxDepth: 64, maxNodes: 10_000 });
        if (isFault(message)) return;
        expect(body.jsonrpc).toBe('2.0');
        expect(JSON.parse(message.text)).toEqual(JSON.parse(JSON.stringify(body)));
      }),
    );
  });
});
