import type { BudgetStanding } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { rateHeaders } from './rate-headers.ts';

const standing = (more: Partial<BudgetStanding>): BudgetStanding => ({
  unit: 'requests',
  window: 'minute',
  max: 60,
  remaining: 12,
  resetsAtMs: 0,
  resetsInMs: 0,
  ...more,
});

describe('rateHeaders() of OpenAI', () => {
  it('tells of requests and tokens, and of nothing that it has no header for', () => {
    const tokens = standing({ unit: 'tokens', max: 1_000, remaining: 0, resetsInMs: 360_000 });
    expect(
      rateHeaders(
        new Map([
          ['requests', standing({ resetsInMs: 120 })],
          ['tokens', tokens],
          ['input-tokens', tokens],
        ]),
      ),
    ).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '12',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '6m0s',
    });
    expect(rateHeaders(new Map())).toEqual({});
  });

  it('writes times as OpenAI does', () => {
    const reset = (resetsInMs: number) =>
      rateHeaders(new Map([['requests', standing({ resetsInMs })]]))['x-ratelimit-reset-requests'];
    expect([0, 999.5, 1_000, 59_001, 3_600_000, 3_661_000].map(reset)).toEqual([
      '0ms',
      '1000ms',
      '1s',
      '1m0s',
      '1h0m0s',
      '1h1m1s',
    ]);
  });
});
