import { describe, expect, it } from 'vitest';
import { readMessage } from './read-message.ts';
import { withoutParams } from './without-params.ts';
import { writeRequest } from './write-message.ts';

describe('withoutParams()', () => {
  it('leaves what is not named as it is written', () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"m","params":{ "a":1.0, "b" : {"a":2}, "c":"\\u0041"}}';
    const read = readMessage(Buffer.from(text), { maxDepth: 8, maxNodes: 100 });
    if ('fault' in read || read.kind !== 'request') throw new Error('no request');
    const left = withoutParams(read, ['a', 'absent']);
    expect(left.text).toBe('{"jsonrpc":"2.0","id":1,"method":"m","params":{"b" : {"a":2},"c":"\\u0041"}}');
    expect(left.params?.members.map(({ key }) => key.value)).toEqual(['b', 'c']);
  });

  it('is the message itself where there is nothing to leave out', () => {
    for (const message of [writeRequest(1, 'm'), writeRequest(1, 'm', { b: 1 })]) {
      expect(withoutParams(message, ['a'])).toBe(message);
    }
  });
});
