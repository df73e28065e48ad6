import { describe, expect, it } from 'vitest';
import { normalTail } from './normal-tail.ts';

describe('normalTail()', () => {
  it.each([
    [0, 0.5],
    [1, 0.158_655_253_931_457],
    [1.959_963_984_540_054, 0.025],
    [-1, 0.841_344_746_068_543],
    [4.3, 8.539_905_470_991_8e-6],
    [6, 9.865_876_450_376_98e-10],
    [8, 6.220_960_574_271_78e-16],
  ])('of %d is what tables say', (sigmas, p) => {
    expect(normalTail(sigmas) / p).toBeCloseTo(1, 3);
  });

  it('falls all the way, and ends at nothing', () => {
    for (let at = -80; at < 380; at += 1) expect(normalTail(at / 10)).toBeGreaterThanOrEqual(normalTail((at + 1) / 10));
    expect(normalTail(Number.POSITIVE_INFINITY)).toBe(0);
  });
});
