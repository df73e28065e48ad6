import { SallyportError } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, isDown, isRetriable, retryAfterMs, verdictOn } from './retry-policy.ts';

describe('verdictOn()', () => {
  const retried = [408, 409, 429, 500, 502, 503, 504, 529];

  it('tries again at the statuses at which the official clients do, and takes every other answer', () => {
    for (let status = 200; status < 600; status += 1) {
      expect([status, verdictOn({ status, headers: {} })]).toEqual([
        status,
        retried.includes(status) ? 'again' : 'final',
      ]);
    }
  });

  it('obeys `x-should-retry`', () => {
    const told = (status: number, value: string) => verdictOn({ status, headers: { 'x-should-retry': value } });
    expect([told(429, 'false'), told(400, 'true'), told(400, 'false')]).toEqual(['elsewhere', 'again', 'final']);
    expect([told(200, 'true'), told(302, 'true'), told(500, 'maybe')]).toEqual(['final', 'final', 'again']);
  });
});

describe('isDown()', () => {
  it('blames the provider for what no request can cause', () => {
    expect([502, 503, 504, 529].every((status) => isDown({ status }))).toBe(true);
    expect([200, 400, 408, 409, 429, 500].some((status) => isDown({ status }))).toBe(false);
  });
});

describe('isRetriable()', () => {
  it('knows the failures that say nothing of the call', () => {
    const of = (code: ConstructorParameters<typeof SallyportError>[0]) => isRetriable(new SallyportError(code));
    expect([of('UPSTREAM_UNREACHABLE'), of('UPSTREAM_TIMEOUT'), of('UPSTREAM_BROKEN')]).toEqual([true, true, true]);
    expect([of('UPSTREAM_GARBAGE'), of('UPSTREAM_TOO_LARGE'), of('INTERNAL'), isRetriable(new Error())]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('backoffMs()', () => {
  const policy = { backoffMs: 500, maxBackoffMs: 8_000 };

  it('doubles its upper bound with each call, up to `maxBackoffMs`', () => {
    const most = [1, 2, 3, 4, 5, 6, 60].map((calls) => backoffMs(policy, calls, () => 1));
    expect(most).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    expect(backoffMs(policy, 3, () => 0.25)).toBe(500);
    expect(backoffMs(policy, 3, () => 0)).toBe(0);
  });
});

describe('retryAfterMs()', () => {
  const dateMs = () => Date.parse('2026-01-01T00:00:00Z');
  const read = (headers: Record<string, string | readonly string[]>) => retryAfterMs(headers, dateMs);

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7_000],
    [{}, undefined],
  ])('reads %j as %s', (headers, expected) => {
    expect(read(headers)).toBe(expected);
  });

  it('takes what cannot be read for nothing, and never gives less than zero', () => {
    for (const value of ['-5', '1e9', 'soon', '', 'NaN', 'Infinity', '0x10']) {
      const got = read({ 'retry-after': value, 'retry-after-ms': value });
      expect(got === undefined || got >= 0, value).toBe(true);
    }
    fc.assert(
      fc.property(fc.string(), (value) => {
        const got = read({ 'retry-after': value });
        return got === undefined || got >= 0;
      }),
    );
    expect(read({ 'retry-after': ['1', '2'] })).toBeUndefined();
  });
});
