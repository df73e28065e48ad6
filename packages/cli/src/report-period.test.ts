import { describe, expect, it } from 'vitest';
import { reportPeriod } from './report-period.ts';

const NOW_MS = Date.parse('2026-11-29T12:00:00Z');

describe('reportPeriod()', () => {
  it.each([
    [{}, '2026-10-30T12:00:00.000Z', '2026-11-29T12:00:00.000Z'],
    [{ period: '24h' }, '2026-11-28T12:00:00.000Z', '2026-11-29T12:00:00.000Z'],
    [{ period: '2026-12' }, '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    [{ period: '2028-02' }, '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    [{ period: '2026-11-29' }, '2026-11-29T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    [{ since: '2026-11-01' }, '2026-11-01T00:00:00.000Z', '2026-11-29T12:00:00.000Z'],
    [{ until: '2026-11-01' }, '2026-10-02T00:00:00.000Z', '2026-11-01T00:00:00.000Z'],
    [
      { since: '2026-11-01T08:00:00+01:00', until: '2026-11-02' },
      '2026-11-01T07:00:00.000Z',
      '2026-11-02T00:00:00.000Z',
    ],
  ])('of %j', (flags, from, to) => {
    expect(reportPeriod(flags, NOW_MS)).toEqual({ from, to });
  });

  it.each([
    { period: '0d' },
    { period: '2026-13' },
    { period: '2026-00' },
    { period: '2026-11-31T' },
    { period: 'november' },
    { period: '30d', since: '2026-11-01' },
    { period: '30d', until: '2026-11-01' },
    { since: 'yesterday' },
    { until: 'tomorrow' },
    { since: '2026-11-02', until: '2026-11-02' },
    { since: '2027-01-01' },
  ])('is none of %j', (flags) => {
    expect(reportPeriod(flags, NOW_MS)).toBeUndefined();
  });
});
