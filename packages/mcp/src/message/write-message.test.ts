import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineBytes } from './line-bytes.ts';
import type { McpMessage } from './message.ts';
import { readMessage } from './read-message.ts';
import { idKey } from './request-id.ts';
import { withId } from './with-id.ts';
import { writeError, writeNotification, writeRequest, writeResult } from './write-message.ts';

const LIMITS = { maxDepth: 64, maxNodes: 100_000 };

function again(message: McpMessage): McpMessage {
  const read = readMessage(message.bytes, LIMITS);
  if (isFault(read)) throw new Error(read.fault);
  return read;
}

const anyId = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary', maxLength: 64 }));
const members = fc.dictionary(
  fc.string({ unit: 'binary' }).map((name) => `_${name}`),
  fc.jsonValue(),
);
const anyMessage = fc.oneof(
  fc.tuple(anyId, members).map(([id, params]) => writeRequest(id, 'a/b', params)),
  fc.tuple(anyId, members).map(([id, result]) => writeResult(id, result)),
  fc.tuple(anyId, members).map(([id, data]) => writeError(id, { code: -1, message: 'é', data })),
  fc.constant(writeError(undefined, { code: 1, message: '' })),
  fc.constant(writeRequest(1, 'ping')),
);

describe('writeRequest(), writeNotification(), writeResult() and writeError()', () => {
  it('write what readMessage() reads as the same message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(again(message)).toEqual(message);
      }),
    );
    const notification = writeNotification('notifications/x', { a: 1 });
    expect(again(notification)).toEqual(notification);
  });
});

describe('withId()', () => {
  it('changes the id and nothing else', () => {
    fc.assert(
      fc.property(anyMessage, anyId, (message, id) => {
        const other = withId(message, id);
        expect(again(other)).toEqual({ ...other });
        expect(JSON.parse(other.text)).toEqual({ ...JSON.parse(message.text), id });
        expect(other).not.toHaveProperty(message.kind === 'request' ? 'result' : 'params');
      }),
    );
  });

  it('keeps every other byte, wherever the id stands', () => {
    const before = again({
      ...writeRequest(1, 'x'),
      bytes: Buffer.from('{"method" : "x","params":{"ü": "\\u00fc"},\n"id" :1 , "jsonrpc":"2.0"}'),
    });
    if (before.kind !== 'request') throw new Error('no request');
    const after = withId(before, 'ä"1');
    expect(after.text).toBe('{"method" : "x","params":{"ü": "\\u00fc"},\n"id" :"ä\\"1" , "jsonrpc":"2.0"}');
    expect(withId(after, 1).text).toBe(before.text);
  });

  it('gives back the message itself when it has that id', () => {
    const message = writeResult('a', {});
    expect(withId(message, 'a')).toBe(message);
    expect(withId(message, 1)).not.toBe(message);
  });
});

describe('lineBytes()', () => {
  it('is one line that says the same', () => {
    const text = '{\n"jsonrpc":"2.0",\r\n"method":"x","params":{"a":"b\\nc\u2028"}\r}';
    const message = again({ ...writeNotification('x'), bytes: Buffer.from(text) });
    const line = Buffer.from(lineBytes(message)).toString();
    expect(line).not.toMatch(/[\r\n]/);
    expect(JSON.parse(line)).toEqual(JSON.parse(text));
  });

  it('is the very bytes where there is no line break', () => {
    const message = writeRequest(1, 'x', { a: 'b\nc' });
    expect(lineBytes(message)).toBe(message.bytes);
  });
});

describe('idKey()', () => {
  it('tells a number from the text that looks like it', () => {
    expect(idKey(1)).not.toBe(idKey('1'));
    expect(idKey('1')).toBe(idKey('1'));
  });
});
