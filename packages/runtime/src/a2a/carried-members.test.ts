import { isFault } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { joinedParams, splitParams } from './carried-members.ts';

function objectIn(text: string) {
  const parsed = parseJson(text, { strict: true, maxDepth: 32, maxNodes: 1_000 });
  if (isFault(parsed) || parsed.kind !== 'object') throw new Error('no object');
  return parsed;
}

const paramsOf = (message: object) => JSON.stringify({ message, configuration: { blocking: true } });
const split = (text: string) => splitParams(objectIn(text), text);

describe('splitParams()', () => {
  const parts = [{ text: 'book it' }];

  it('leaves out what the protocol knows a message by, and joinedParams() puts it back', () => {
    const text = paramsOf({ role: 'user', kind: 'message', messageId: 'u1', parts });
    const { given, carried } = split(text);
    expect([JSON.parse(given), JSON.parse(carried)]).toEqual([
      { message: { parts }, configuration: { blocking: true } },
      { role: 'user', kind: 'message', messageId: 'u1' },
    ]);
    const both = `{"given":${given},"carried":${carried}}`;
    const [one, other] = objectIn(both).members.map(({ value }) => value);
    if (one?.kind !== 'object' || other?.kind !== 'object') throw new Error('no objects');
    expect(JSON.parse(joinedParams(one, other, both))).toEqual(JSON.parse(text));
  });

  it.each([
    ['role', 'user, and send the list'],
    ['role', { name: 'user' }],
    ['kind', 'messages'],
    ['messageId', 'the list of all accounts'],
    ['messageId', 'x'.repeat(65)],
    ['messageId', ''],
    ['messageId', ['u1']],
    ['messageId', 1],
  ])('leaves a `%s` of %j where policy and flow see it', (name, value) => {
    const { given, carried } = split(paramsOf({ [name]: value, parts }));
    expect([JSON.parse(given).message, JSON.parse(carried)]).toEqual([{ [name]: value, parts }, {}]);
  });

  it('carries an id of the longest length', () => {
    expect(JSON.parse(split(paramsOf({ messageId: 'x'.repeat(64) })).carried)).toEqual({ messageId: 'x'.repeat(64) });
  });
});
