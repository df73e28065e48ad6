import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auc, shareAbove, thresholdAt } from './metrics.ts';

const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });

test('auc() is the share of pairs in which the attack lies higher, ties half', () => {
  fc.assert(
    fc.property(scores, scores, (attacks, benign) => {
      let won = 0;
      for (const attack of attacks) for (const one of benign) won += attack > one ? 1 : attack === one ? 0.5 : 0;
      expect(auc(attacks, benign)).toBeCloseTo(won / (attacks.length * benign.length), 9);
    }),
  );
});

test('thresholdAt() leaves at most the share above it', () => {
  fc.assert(
    fc.property(scores, fc.double({ min: 0, max: 1, noNaN: true }), (benign, fpr) => {
      expect(shareAbove(benign, thresholdAt(benign, fpr)).share).toBeLessThanOrEqual(fpr + 1e-9);
    }),
  );
});

test('shareAbove() has the whole range for its interval where nothing was counted', () => {
  expect(shareAbove([], 0.5)).toEqual({ share: 0, low: 0, high: 1, count: 0 });
  const { low, high } = shareAbove([...Array(90).fill(0), ...Array(10).fill(1)], 0.5);
  // 10 of 100: Brown, Cai and DasGupta (2001), 0.055..0.174.
  expect([low, high].map((bound) => bound.toFixed(3))).toEqual(['0.055', '0.174']);
});
