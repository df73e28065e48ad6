import { describe, expect, it } from 'vitest';
import { REPORT_BINS_MAX, ReportBins } from './report-bins.ts';

const from = '2026-11-01T00:30:00.000Z';
const DAY_MS = 86_400_000;
const after = (ms: number) => new ReportBins({ from, to: new Date(Date.parse(from) + ms).toISOString() });

describe('ReportBins', () => {
  it.each([
    [60_000, 60_000],
    [3_600_000, 60_000],
    [DAY_MS, 3_600_000],
    [30 * DAY_MS, DAY_MS],
    [365 * DAY_MS, 7 * DAY_MS],
    [40 * 365 * DAY_MS, 365 * DAY_MS],
  ])('cuts %d ms into stretches of %d ms', (spanMs, stepMs) => {
    expect(after(spanMs).stepMs).toBe(stepMs);
  });

  it('never has more than its bound, and holds every moment of its period in one of them', () => {
    for (const spanMs of [1, 59 * 60_000, 60 * 60_000, 61 * DAY_MS, 70 * 365 * DAY_MS, 9_000 * 365 * DAY_MS]) {
      const bins = after(spanMs);
      expect(bins.count).toBeGreaterThan(0);
      expect(bins.count).toBeLessThanOrEqual(REPORT_BINS_MAX);
      expect(bins.at(bins.fromMs)).toBe(0);
      expect(bins.at(bins.toMs - 1)).toBe(bins.count - 1);
    }
  });

  it('has as many as it is told at most', () => {
    const week = { from, to: new Date(Date.parse(from) + 7 * DAY_MS).toISOString() };
    expect(new ReportBins(week, 169)).toMatchObject({ count: 169, stepMs: 3_600_000 });
    expect(new ReportBins(week, 168)).toMatchObject({ count: 57, stepMs: 3 * 3_600_000 });
  });

  it('begins where a clock in UTC does, and leaves out the end of its period', () => {
    const bins = after(DAY_MS);
    expect(bins.startsMs[0]).toBe(Date.parse('2026-11-01T00:00:00Z'));
    expect(bins.startsMs).toHaveLength(25);
    expect([bins.holds(bins.fromMs), bins.holds(bins.fromMs - 1), bins.holds(bins.toMs)]).toEqual([true, false, false]);
  });
});
