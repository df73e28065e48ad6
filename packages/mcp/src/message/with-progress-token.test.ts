import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { McpNotification, McpRequest } from './message.ts';
import { readMessage } from './read-message.ts';
import { withProgressToken } from './with-progress-token.ts';

function read(text: string): McpRequest | McpNotification {
  const message = readMessage(Buffer.from(text), { maxDepth: 64, maxNodes: 10_000 });
  if (isFault(message) || (message.kind !== 'request' && message.kind !== 'notification'))
    throw new Error('no such message');
  return message;
}

describe('withProgressToken()', () => {
  it.each([
    [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{ "é":1, "_meta":{"x":[1.0],"progressToken" : "a"} }}',
      'b"',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{ "é":1, "_meta":{"x":[1.0],"progressToken" : "b\\""} }}',
    ],
    [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":12,"progress":1.50}}',
      7,
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1.50}}',
    ],
  ])('changes the token of %s, and no other byte', (text, token, expected) => {
    const other = withProgressToken(read(text), token);
    expect(Buffer.from(other.bytes).toString()).toBe(expected);
    expect(other.text).toBe(expected);
  });

  it('leaves a message without a token as it is', () => {
    const message = read('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"progressToken":1,"_meta":{}}}');
    expect(withProgressToken(message, 2)).toBe(message);
  });
});
