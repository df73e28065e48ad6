import type { RequestHead } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { bedrockConverse } from './adapter.ts';

const match = (path: string, more: Partial<RequestHead> = {}) =>
  bedrockConverse.match({ method: 'POST', path, query: '', headers: {}, ...more });

describe('match()', () => {
  test.each([
    ['/model/amazon.nova-pro-v1%3A0/converse', 'amazon.nova-pro-v1:0', '/model/amazon.nova-pro-v1%3A0/converse'],
    ['/model/amazon.nova-pro-v1:0/converse', 'amazon.nova-pro-v1:0', '/model/amazon.nova-pro-v1%3A0/converse'],
    ['/model/m/converse-stream', 'm', '/model/m/converse-stream'],
    ['/model/%6D/count-tokens', 'm', '/model/m/count-tokens'],
    [
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x-v1%3a0/converse',
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.x-v1:0',
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x-v1%3A0/converse',
    ],
  ])('reads the model from %s, and escapes it in one way only', (path, model, upstreamPath) => {
    const operation = upstreamPath.slice(upstreamPath.lastIndexOf('/') + 1);
    const stream = operation === 'converse-stream';
    expect(match(path)).toEqual({ kind: 'exchange', operation, method: 'POST', upstreamPath, model, stream });
  });

  test.each([
    '/model/m/invoke',
    '/model/m/invoke-with-response-stream',
    '/model/m/converse/',
    '/model//converse',
    '/model/m/Converse',
    '/model/m/%63onverse',
    '/model/arn:aws:bedrock:us-east-1:1:inference-profile/x/converse',
    '/model/%2E%2E%2Fguardrail/converse',
    '/model/..%2F..%2Fx/converse',
    '/model/a%2F..%2Fb/converse',
    '/model/a%2F%2Fb/converse',
    '/model/%2Fa/converse',
    '/model/./converse',
    '/model/a%2Fb%2F/converse',
    '/model/a%253A0/converse',
    '/model/a%00/converse',
    '/model/a%0d%0ab/converse',
    '/model/a%3Fb/converse',
    '/model/a%ff/converse',
    '/model/a b/converse',
    `/model/${'a'.repeat(257)}/converse`,
    '/v1/chat/completions',
    '/guardrail/g/version/1/apply',
  ])('knows nothing of %s', (path) => {
    expect(match(path)).toBeUndefined();
  });

  test('takes no query along, and no other method', () => {
    expect(match('/model/m/converse', { query: '?X-Amz-Signature=abc' })).toBeUndefined();
    expect(match('/model/m/converse', { method: 'GET' })).toBeUndefined();
    expect(match('/model/m/converse', { query: '?' })).toMatchObject({ upstreamPath: '/model/m/converse' });
  });
});

describe('owns()', () => {
  const owns = (path: string) => bedrockConverse.owns({ method: 'GET', path, query: '', headers: {} });

  test('knows what the SDK asks the same address for', () => {
    for (const path of ['/model/m/invoke', '/guardrail/g/version/1/apply', '/async-invoke', '/model']) {
      expect(owns(path), path).toBe(true);
    }
    for (const path of ['/models', '/v1/models', '/', '/modelx/converse']) expect(owns(path), path).toBe(false);
  });
});

describe('credential()', () => {
  const credential = (headers: Record<string, string>) =>
    bedrockConverse.credential({ method: 'POST', path: '/model/m/converse', query: '', headers });

  test('is a bearer token, and never a signature', () => {
    expect(credential({ authorization: 'Bearer k' })).toBe('k');
    const signature =
      'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0a';
    expect(credential({ authorization: signature })).toBe('');
    expect(credential({ authorization: signature, 'x-api-key': 'k' })).toBe('');
  });
});
