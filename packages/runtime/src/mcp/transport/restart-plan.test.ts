import { describe, expect, test } from 'vitest';
import { RestartPlan } from './restart-plan.ts';

const policy = { firstMs: 100, maxMs: 500, tries: 4 };

describe('RestartPlan', () => {
  test.each([
    [0, [50, 100, 200, 250, undefined]],
    [0.5, [75, 150, 300, 375, undefined]],
  ])(
    'next() doubles its waits up to the longest, draws half of each, and gives up after its tries (random %d)',
    (drawn, waits) => {
      const plan = new RestartPlan(policy, () => drawn);
      expect(waits.map(() => plan.next(0))).toEqual(waits);
    },
  );

  test('next() begins anew with a process that ran for longer than the longest wait, not with one that ran as long', () => {
    const plan = new RestartPlan(policy, () => 0);
    expect([plan.next(0), plan.next(500), plan.next(501)]).toEqual([50, 100, 50]);
  });

  test('next() never starts again where there are no tries', () => {
    expect(new RestartPlan({ ...policy, tries: 0 }, () => 0).next(10_000)).toBeUndefined();
  });
});
