import { ERRORS, type ErrorCode } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import table from './faults.json' with { type: 'json' };
import { faultReply } from './faults.ts';

const bodyOf = (code: ErrorCode) => JSON.parse(new TextDecoder().decode(faultReply(code, 'x1').body)).error;

/** Pins: clients match on these. */
const VISIBLE = [
  ['KEY_MISSING', 401, 'invalid_request_error', 'invalid_api_key', null],
  ['KEY_INVALID', 401, 'invalid_request_error', 'invalid_api_key', null],
  ['TOKEN_EXPIRED', 401, 'invalid_request_error', 'token_expired', null],
  ['BEHALF_DENIED', 403, 'permission_error', 'access_denied', null],
  ['IDENTITY_UNAVAILABLE', 503, 'server_error', 'identity_unavailable', null],
  ['ACCESS_DENIED', 403, 'permission_error', 'access_denied', null],
  ['UNKNOWN_MODEL', 404, 'invalid_request_error', 'model_not_found', 'model'],
  ['FURTHER_MODELS', 400, 'invalid_request_error', 'further_models', 'models'],
  ['UNKNOWN_PATH', 404, 'invalid_request_error', 'unknown_url', null],
  ['BODY_TOO_LARGE', 413, 'invalid_request_error', 'body_too_large', null],
  ['OVERLOADED', 503, 'server_error', 'overloaded', null],
  ['UPSTREAM_TIMEOUT', 504, 'server_error', 'upstream_timeout', null],
  ['INTERNAL', 500, 'server_error', 'internal', null],
] as const;

describe('fault()', () => {
  for (const [code, status, type, visible, param] of VISIBLE) {
    test(`shows ${code} as ${status} ${visible}`, () => {
      expect(faultReply(code, 'x1').status).toBe(status);
      expect(bodyOf(code)).toEqual({ message: `${ERRORS[code].message} (exchange x1)`, type, code: visible, param });
    });
  }

  test('tells the SDK whether to try again', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      expect(faultReply(code, 'x1').headers['x-should-retry']).toBe(String(ERRORS[code].retryable));
    }
  });

  test('has a table that names nothing but error codes', () => {
    expect(Object.keys(table).filter((code) => !(code in ERRORS))).toEqual([]);
  });
});
