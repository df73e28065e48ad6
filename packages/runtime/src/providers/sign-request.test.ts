import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signatureHolds } from '../testing/aws-signature.ts';
import { signRequest } from './sign-request.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const KEYS = { region: 'us-east-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const NOW_MS = Date.parse('2015-08-30T12:36:00Z');
const NO_BODY = new Uint8Array(0);

/** Vectors of the "AWS Signature Version 4 Test Suite" (`get-vanilla`, `post-vanilla`, `get-vanilla-query-order-key-case`). */
const VECTORS = [
  ['GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ['GET', '/?Param2=value2&Param1=value1', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
] as const;

describe('signatureHolds()', () => {
  it.each(VECTORS)(
    'agrees with the test suite of AWS on %s %s, and with nothing beside it',
    (method, path, signature) => {
      const scope = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
      const received = {
        method,
        path,
        headers: {
          host: 'example.amazonaws.com',
          'x-amz-date': '20150830T123600Z',
          authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
        },
        body: NO_BODY,
      };
      expect(signatureHolds(received, SECRET)).toBe(true);
      expect(signatureHolds({ ...received, path: '/other' }, SECRET)).toBe(false);
      expect(signatureHolds({ ...received, body: Buffer.from('x') }, SECRET)).toBe(false);
      expect(signatureHolds(received, `${SECRET}x`)).toBe(false);
    },
  );
});

describe('signRequest()', () => {
  const host = 'bedrock-runtime.us-east-1.amazonaws.com';

  it.each([
    '/model/anthropic.claude-3-haiku-20240307-v1:0/converse',
    '/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse',
    '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x-v1%3A0/converse-stream',
    "/model/a!b'(c)*d~e/converse",
    '/openai/v1/chat/completions',
    '/model/x/converse?b=2&a=1&c=%20x',
  ])('signs `%s` as it will stand on the wire', (path) => {
    const body = Buffer.from('{"messages":[{"text":"ünï ☃"}]}');
    const headers = signRequest({ method: 'POST', path, host, body }, KEYS, NOW_MS);
    const received = { method: 'POST', path, headers, body };
    expect(signatureHolds(received, SECRET)).toBe(true);
    expect(headers.authorization).toContain('Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request');
    const damage = [
      { method: 'PUT' },
      { path: path.replace('e', 'f') },
      { body: Buffer.from('{}') },
      { headers: { ...headers, host: 'other.example' } },
      { headers: { ...headers, 'x-amz-date': '20150830T123601Z' } },
    ];
    for (const change of damage) expect(signatureHolds({ ...received, ...change }, SECRET)).toBe(false);
  });

  it('sends the token of temporary credentials, signed', () => {
    const request = { method: 'POST', path: '/model/x/converse', host, body: NO_BODY };
    const headers = signRequest(request, { ...KEYS, sessionToken: 'tok/en+==' }, NOW_MS);
    expect(headers['x-amz-security-token']).toBe('tok/en+==');
    expect(headers.authorization).toContain('x-amz-security-token');
    expect(signatureHolds({ ...request, headers }, SECRET)).toBe(true);
  });

  it('holds for any body and any name of a model', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.uint8Array(), (model, body) => {
        fc.pre(model !== '.' && model !== '..' && model.isWellFormed());
        const path = `/model/${encodeURIComponent(model)}/converse`;
        const headers = signRequest({ method: 'POST', path, host, body }, KEYS, NOW_MS);
        expect(signatureHolds({ method: 'POST', path, headers, body }, SECRET)).toBe(true);
      }),
    );
  });
});
