import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SamplePositions } from './sample-positions.ts';

function drawn(total: number, size: number, seed: number): readonly number[] {
  const sample = new SamplePositions(total, size, seed);
  return Array.from({ length: total }, (_, at) => at).filter(() => sample.next());
}

describe('SamplePositions', () => {
  test('draws as many as are wanted, or all, and the same with the same seed', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.nat(), (total, size, seed) => {
        expect(drawn(total, size, seed)).toHaveLength(Math.min(total, size));
        expect(drawn(total, size, seed)).toEqual(drawn(total, size, seed));
      }),
    );
  });

  test('draws every position about as often', () => {
    const times = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 5_000; seed += 1) {
      for (const at of drawn(10, 3, seed)) times[at] = (times[at] ?? 0) + 1;
    }
    for (const count of times) expect(Math.abs(count - 1_500)).toBeLessThan(150);
  });

  test('has nothing after the last position', () => {
    const sample = new SamplePositions(1, 1, 0);
    expect([sample.next(), sample.next()]).toEqual([true, false]);
  });
});
