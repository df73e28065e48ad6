import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { McpRequest } from './message.ts';
import { readMessage } from './read-message.ts';
import { withTrace } from './with-trace.ts';

const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };
const parent = '"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"';

function read(params: string): McpRequest {
  const text = `{"jsonrpc":"2.0", "id":1,"method":"tools/call"${params},"x":1.0}`;
  const message = readMessage(Buffer.from(text), { maxDepth: 64, maxNodes: 10_000 });
  if (isFault(message) || message.kind !== 'request') throw new Error('no such message');
  return message;
}

describe('withTrace()', () => {
  it.each([
    [',"params":{ "é":1.50 }', `{"_meta":{${parent}},"é":1.50}`],
    [
      ',"params":{"_meta":{"traceparent":"theirs","tracestate":"a=1","k":[1.0]},"é":1}',
      `{"_meta":{${parent},"k":[1.0]},"é":1}`,
    ],
  ])('says in %s where it stands, and changes nothing else', (params, expected) => {
    const other = withTrace(read(params), context);
    expect(other.text).toBe(`{"jsonrpc":"2.0", "id":1,"method":"tools/call","params":${expected},"x":1.0}`);
    expect(Buffer.from(other.bytes).toString()).toBe(other.text);
  });

  it('hands a state on', () => {
    expect(withTrace(read(',"params":{}'), { ...context, state: 'a=1' }).text).toContain('"tracestate":"a=1"');
  });

  it('leaves what has no params, a `_meta` that is none, and what is not traced as it is', () => {
    for (const params of ['', ',"params":{"_meta":7}']) {
      const message = read(params);
      expect(withTrace(message, context)).toBe(message);
    }
    const message = read(',"params":{}');
    expect(withTrace(message, undefined)).toBe(message);
  });
});
