import { describe, expect, test } from 'vitest';
import { protocols } from '../index.ts';
import { matchEndpoint, ownsPath } from './endpoints.ts';

const VERSION = { 'anthropic-version': '2023-06-01' };
const head = (method: string, path: string, { query = '', headers = {} } = {}) => ({ method, path, query, headers });

describe('matchEndpoint()', () => {
  test('knows messages and their count, with the query that SDKs send for betas', () => {
    expect(matchEndpoint(head('POST', '/v1/messages'))).toEqual({
      kind: 'exchange',
      operation: 'messages',
      method: 'POST',
      upstreamPath: '/v1/messages',
    });
    expect(matchEndpoint(head('POST', '/v1/messages/count_tokens', { query: '?beta=true' }))).toMatchObject({
      operation: 'messages.count_tokens',
      upstreamPath: '/v1/messages/count_tokens?beta=true',
    });
  });

  test.each([
    ['GET', '/v1/messages', ''],
    ['POST', '/v1/messages/', ''],
    ['POST', '/v1/messages/batches', ''],
    ['POST', '/v1/complete', ''],
    ['POST', '/v1/messages', '?beta=true&key=secret'],
    ['POST', '/v1/messages', '?api_key=secret'],
    ['POST', '/v1/messages', '?beta=false'],
  ])('does not know %s %s%s', (method, path, query) => {
    expect(matchEndpoint(head(method, path, { query, headers: VERSION }))).toBeUndefined();
  });

  test('lists models for clients that name the protocol\u2019s version; for others that is somebody else\u2019s path', () => {
    const list = (headers: object, query = '') => matchEndpoint(head('GET', '/v1/models', { query, headers }));
    expect(list(VERSION, '?limit=20')).toEqual({ kind: 'models', operation: 'models.list' });
    expect(list(VERSION, '?beta=true&limit=1000')).toBeDefined();
    expect(list({})).toBeUndefined();
    expect(list(VERSION, '?after_id=x')).toBeUndefined();
    expect(matchEndpoint(head('GET', '/v1/models/org%2Fa', { headers: VERSION }))).toMatchObject({ model: 'org/a' });
    expect(matchEndpoint(head('GET', '/v1/models/%zz', { headers: VERSION }))).toBeUndefined();
  });

  test('stands before protocols that have the same paths', () => {
    const first = (headers: object) =>
      protocols.find((adapter) => adapter.match(head('GET', '/v1/models', { headers })) !== undefined)?.id;
    expect(first(VERSION)).toBe('anthropic-messages');
    expect(first({})).toBe('openai-chat');
  });
});

describe('ownsPath()', () => {
  test('answers in this protocol\u2019s form below its paths, and to whoever names its version', () => {
    expect(ownsPath(head('POST', '/v1/messages/batches'))).toBe(true);
    expect(ownsPath(head('GET', '/v1/files', { headers: VERSION }))).toBe(true);
    expect(ownsPath(head('GET', '/v1/files'))).toBe(false);
    expect(ownsPath(head('POST', '/v1/messagesx'))).toBe(false);
  });
});
