import { describe, expect, test } from 'vitest';
import { momentOf, periodOf } from './period.ts';

const NOW = Date.parse('2026-03-10T12:00:00.000Z');

describe('momentOf()', () => {
  test.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T08:00Z', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T08:00:00.5+02:00', '2026-03-01T06:00:00.500Z'],
  ])('reads `%s`', (text, time) => {
    expect(momentOf(text)).toBe(time);
  });

  test.each(['', '2026-3-1', '2026-02-30T99:00:00Z', '2026-03-01T08:00', 'yesterday'])('does not read `%s`', (text) => {
    expect(momentOf(text)).toBeUndefined();
  });
});

describe('periodOf()', () => {
  test.each([
    [{ since: '2026-03-01' }, '2026-03-01T00:00:00.000Z', '2026-03-10T12:00:00.000Z'],
    [{ since: '2026-03-01', until: '2026-03-02' }, '2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'],
    [{ period: '7d' }, '2026-03-03T12:00:00.000Z', '2026-03-10T12:00:00.000Z'],
    [{ period: '12h', until: '2026-03-02' }, '2026-03-01T12:00:00.000Z', '2026-03-02T00:00:00.000Z'],
  ])('reads %j', (flags, from, to) => {
    expect(periodOf(flags, NOW)).toEqual({ from, to });
  });

  test.each([
    [{}],
    [{ since: '2026-03-01', period: '7d' }],
    [{ since: 'monday' }],
    [{ period: '0d' }],
    [{ period: 'week' }],
    [{ since: '2026-03-01', until: 'today' }],
    [{ since: '2026-03-02', until: '2026-03-02' }],
  ])('says what is wrong with %j', (flags) => {
    expect(periodOf(flags, NOW)).toEqual(expect.any(String));
  });
});
