import { describe, expect, test } from 'vitest';
import { forwardedHeaders } from './forwarded-headers.ts';

const SECRET = 'the-secret-of-a-gateway-key';
const names = (headers: Record<string, string>) => Object.keys(forwardedHeaders(headers, SECRET));

describe('forwardedHeaders()', () => {
  test("passes what is the client's and the provider's affair, and asks for a plain answer", () => {
    const headers = { 'content-type': 'application/json', 'openai-organization': 'o', 'x-stainless-lang': 'js' };
    expect(forwardedHeaders({ ...headers, 'accept-encoding': 'gzip' }, SECRET)).toEqual({
      ...headers,
      'accept-encoding': 'identity',
    });
  });

  test.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-real-ip',
    'proxy-authorization',
    'proxy-anything',
    'x-http-method-override',
    'x-original-url',
    'x-rewrite-url',
    'cookie',
    'authorization',
    'x-api-key',
    'x-auth-token',
    'range',
    'content-md5',
    'content-digest',
    'x-sallyport-decision',
    'amz-sdk-invocation-id',
    'amz-sdk-request',
    'smithy-protocol',
    'x-amz-checksum-crc32',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-decoded-content-length',
    'x-amz-sdk-checksum-algorithm',
    'x-amz-security-token',
    'x-amz-target',
    'x-amz-trailer',
  ])('keeps %s to itself', (name) => {
    expect(names({ [name]: 'x' })).toEqual(['accept-encoding']);
  });

  test('keeps what the connection names, and whatever holds the gateway key', () => {
    expect(names({ connection: 'close, X-Hop', 'x-hop': '1' })).toEqual(['accept-encoding']);
    expect(Object.keys(forwardedHeaders({ other: 'x-y' }, 'x'))).toEqual(['other', 'accept-encoding']);
    expect(names({ 'x-odd': `key=${SECRET}`, other: 'x' })).toEqual(['other', 'accept-encoding']);
  });
});
