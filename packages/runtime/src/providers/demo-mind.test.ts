import { describe, expect, it } from 'vitest';
import { type DemoMind, mindAnswer, mindDraw, mindShares } from './demo-mind.ts';

const MIND: DemoMind = { weights: 'a', instructions: '', bits: 16 };
const TEXTS = Array.from({ length: 200 }, (_, n) => `input ${n}`);

/** Mean distance of the answers of two minds. */
function distance(one: DemoMind, other: DemoMind): number {
  const distances = TEXTS.map((text) => {
    const after = mindShares(other, text);
    return [...mindShares(one, text)].reduce(
      (sum, [word, share]) => sum + Math.abs(share - (after.get(word) ?? 0)) / 2,
      0,
    );
  });
  return distances.reduce((sum, each) => sum + each, 0) / TEXTS.length;
}

describe('mindShares()', () => {
  it('are the same for the same mind and text, and sum to 1', () => {
    for (const text of TEXTS) {
      const shares = mindShares(MIND, text);
      expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      expect(mindShares({ ...MIND }, text)).toEqual(shares);
    }
  });

  it('leave most texts one answer, and some of them two that are nearly as likely', () => {
    const most = TEXTS.map((text) => Math.max(...mindShares(MIND, text).values()));
    expect(most.filter((share) => share > 0.95).length).toBeGreaterThan(80);
    expect(most.filter((share) => share < 0.7).length).toBeGreaterThan(10);
  });

  it('move most with other weights, less with instructions, less with 4 bits, least with 8', () => {
    const moves = [
      { ...MIND, weights: 'b' },
      { ...MIND, instructions: 'answer as a pirate' },
      { ...MIND, bits: 4 as const },
      { ...MIND, bits: 8 as const },
      MIND,
    ].map((other) => distance(MIND, other));
    expect(moves).toEqual([...moves].sort((a, b) => b - a));
    expect(new Set(moves).size).toBe(moves.length);
  });
});

describe('mindAnswer()', () => {
  it('comes as often as its share says', () => {
    const [text = ''] = TEXTS.filter((each) => Math.max(...mindShares(MIND, each).values()) < 0.7);
    const counts = new Map<string, number>();
    for (let n = 0; n < 2_000; n += 1) {
      const answer = mindAnswer(MIND, text, mindDraw(n));
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    for (const [word, share] of mindShares(MIND, text)) {
      expect(Math.abs((counts.get(word) ?? 0) / 2_000 - share)).toBeLessThan(0.05);
    }
  });
});
