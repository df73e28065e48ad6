import { describe, expect, test } from 'vitest';
import { durationMs, timeAfter } from './duration.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');

describe('durationMs()', () => {
  test.each([
    ['0m', 0],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
  ])('reads `%s`', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  test.each(['', '1', 'd', '1s', '-1d', '1.5h', '1 d', '100000d', '1d2h'])('does not read `%s`', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});

describe('timeAfter()', () => {
  test.each([
    ['1d', '2026-01-02T00:00:00.000Z'],
    ['2027-01-31T00:00:00Z', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T02:00+02:00', '2027-01-31T00:00:00.000Z'],
  ])('reads `%s`', (text, time) => {
    expect(timeAfter(text, NOW)).toBe(time);
  });

  test.each(['0m', '2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2027-01-31', '2027-13-31T00:00:00Z', 'tomorrow'])(
    'does not take `%s`, which is no time to come',
    (text) => {
      expect(timeAfter(text, NOW)).toBeUndefined();
    },
  );
});
