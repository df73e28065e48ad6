import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ticks, timeTicks } from './ticks.ts';

describe('ticks()', () => {
  it.each([
    [0, 100, [0, 20, 40, 60, 80, 100]],
    [0, 0.037, [0, 0.01, 0.02, 0.03, 0.04]],
    [-5, 5, [-6, -4, -2, 0, 2, 4, 6]],
    [0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('from %d to %d has round numbers', (low, high, marks) => {
    expect(ticks(low, high)).toEqual(marks.map((mark) => expect.closeTo(mark, 9)));
  });

  it('holds all that is drawn between its first and its last mark, with few of them', () => {
    const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const marks = ticks(low, high);
        const slack = Math.max(Math.abs(low), Math.abs(high)) * 1e-9;
        for (const [at, mark] of marks.slice(1).entries()) expect(mark).toBeGreaterThan(marks[at] ?? mark);
        expect(marks.length).toBeGreaterThan(1);
        expect(marks.length).toBeLessThan(10);
        expect(marks[0]).toBeLessThanOrEqual(low + slack);
        expect(marks.at(-1)).toBeGreaterThanOrEqual(high - slack);
      }),
    );
  });
});

describe('timeTicks()', () => {
  it.each([
    [60_000, '00:00:15'],
    [86_400_000, '11-01 06:00'],
    [30 * 86_400_000, '2026-11-12'],
    [3 * 365 * 86_400_000, '2027-'],
  ])('over %d ms names times as exactly as they differ', (spanMs, text) => {
    const from = Date.parse('2026-11-01T00:00:00Z');
    const found = timeTicks(from, from + spanMs);
    expect(found.length).toBeLessThanOrEqual(7);
    expect(found.map((each) => each.text).join(' ')).toContain(text);
  });
});
