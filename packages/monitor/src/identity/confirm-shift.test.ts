import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random-from.ts';
import type { CanaryRound } from './border-shift.ts';
import { confirmShift, PERMUTATIONS } from './confirm-shift.ts';

function drawn(share: number, random: () => number): CanaryRound {
  return Array.from({ length: 20 }, () => {
    const yes = Array.from({ length: 10 }, () => random() < share).filter(Boolean).length;
    return new Map([
      ['yes', yes],
      ['no', 10 - yes],
    ]);
  });
}

describe('confirmShift()', () => {
  it('finds a model that answers otherwise very improbable', () => {
    const random = randomFrom(7);
    expect(confirmShift(drawn(0.5, random), drawn(0.9, random), random)).toBe(1 / (PERMUTATIONS + 1));
  });

  it('gives the same model small probabilities as seldom as they say', () => {
    const random = randomFrom(3);
    const low = Array.from({ length: 100 }, () => confirmShift(drawn(0.5, random), drawn(0.5, random), random) <= 0.1);
    expect(low.filter(Boolean).length).toBeLessThan(22);
  });

  it('says nothing of what cannot be compared', () => {
    const one: CanaryRound = [new Map([['yes', 1]])];
    expect(confirmShift(one, [new Map([['no', 9]])], Math.random)).toBe(1);
    expect(confirmShift([], [], Math.random)).toBe(1);
    expect(confirmShift([new Map([['yes', 9]])], [], Math.random)).toBe(1);
  });
});
