import { describe, expect, it } from 'vitest';
import { rateHeaders } from './rate-headers.ts';

describe('rateHeaders() of Anthropic', () => {
  it('tells of each unit that has a limit, with the time in RFC 3339', () => {
    const resetsAtMs = Date.UTC(2026, 10, 28, 4, 5, 6, 789);
    const standing = {
      unit: 'output-tokens',
      window: 'day',
      max: 100,
      remaining: 40,
      resetsAtMs,
      resetsInMs: 5,
    } as const;
    expect(rateHeaders(new Map([['output-tokens', standing]]))).toEqual({
      'anthropic-ratelimit-output-tokens-limit': '100',
      'anthropic-ratelimit-output-tokens-remaining': '40',
      'anthropic-ratelimit-output-tokens-reset': '2026-11-28T04:05:06Z',
    });
    expect(rateHeaders(new Map())).toEqual({});
  });
});
