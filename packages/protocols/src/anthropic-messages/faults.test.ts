import { ERRORS, type ErrorCode } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { anthropicMessages } from './adapter.ts';
import table from './faults.json' with { type: 'json' };

const bodyOf = (code: ErrorCode) => JSON.parse(Buffer.from(anthropicMessages.fault(code, 'x1').body).toString());

/** Pins: clients match on these. */
const VISIBLE = [
  ['BODY_NOT_JSON', 400, 'invalid_request_error'],
  ['KEY_MISSING', 401, 'authentication_error'],
  ['KEY_INVALID', 401, 'authentication_error'],
  ['TOKEN_INVALID', 401, 'authentication_error'],
  ['BEHALF_DENIED', 403, 'permission_error'],
  ['ACCESS_DENIED', 403, 'permission_error'],
  ['UNKNOWN_MODEL', 404, 'not_found_error'],
  ['UNKNOWN_PATH', 404, 'not_found_error'],
  ['BODY_TOO_LARGE', 413, 'request_too_large'],
  ['OVERLOADED', 503, 'overloaded_error'],
  ['UPSTREAM_TIMEOUT', 504, 'timeout_error'],
  ['UPSTREAM_BROKEN', 502, 'api_error'],
  ['INTERNAL', 500, 'api_error'],
] as const;

describe('fault()', () => {
  for (const [code, status, type] of VISIBLE) {
    test(`shows ${code} as ${status} ${type}`, () => {
      expect(anthropicMessages.fault(code, 'x1').status).toBe(status);
      const message = `${ERRORS[code].message} (exchange x1)`;
      expect(bodyOf(code)).toEqual({ type: 'error', error: { type, message }, request_id: 'x1' });
    });
  }

  test('tells helpers that keep their conversation at the provider to send all of it again', () => {
    const error = { type: 'not_found_error', details: { error_code: 'thread_not_found' } };
    expect(bodyOf('UNKNOWN_CONTINUATION')).toMatchObject({ error });
  });

  test('tells the SDK whether to try again', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      expect(anthropicMessages.fault(code, 'x1').headers['x-should-retry']).toBe(String(ERRORS[code].retryable));
    }
  });

  test('has a table that names nothing but error codes', () => {
    expect(Object.keys(table).filter((code) => !(code in ERRORS))).toEqual([]);
  });
});
