import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CalibrationSample, chosen, THRESHOLD_MAX, THRESHOLD_MIN } from './calibration-sample.ts';

/** Mulberry32: the same draws on every machine. */
function drawer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Scores of honest traffic, 0..0.9. `tail` is the true share at or above a score. */
const SHAPES = {
  // Most find nothing, and the rest thins out.
  thin: {
    of: (u: number) => (u < 0.7 ? 0 : 0.9 * ((u - 0.7) / 0.3) ** 2),
    tail: (t: number) => 0.3 * (1 - Math.sqrt(Math.min(1, t / 0.9))),
  },
  wide: { of: (u: number) => 0.9 * u, tail: (t: number) => Math.max(0, 1 - t / 0.9) },
  // A fifth of all texts score exactly 0.6: no threshold parts them.
  tied: {
    of: (u: number) => (u < 0.2 ? 0.6 : (0.9 * (u - 0.2)) / 0.8),
    tail: (t: number) => 0.8 * Math.max(0, 1 - t / 0.9) + (t <= 0.6 ? 0.2 : 0),
  },
};

interface Drawing {
  readonly shape: keyof typeof SHAPES;
  readonly texts: number;
  readonly budget: number;
  readonly draws: number;
}

/** How often the true rate at the threshold is beyond the budget. */
function exceeded({ shape, texts, budget, draws }: Drawing, choose: typeof chosen): number {
  const { of, tail } = SHAPES[shape];
  const draw = drawer(6);
  let beyond = 0;
  for (let n = 0; n < draws; n += 1) {
    const scores = Array.from({ length: texts }, () => of(draw()));
    if (tail(choose(scores, budget).threshold) > budget) beyond += 1;
  }
  return beyond / draws;
}

describe('chosen()', () => {
  it.each<Drawing>([
    { shape: 'thin', texts: 1_000, budget: 0.01, draws: 1_000 },
    { shape: 'wide', texts: 300, budget: 0.05, draws: 2_000 },
    { shape: 'tied', texts: 500, budget: 0.02, draws: 1_000 },
    { shape: 'wide', texts: 3_500, budget: 0.001, draws: 400 },
  ])('keeps the budget in 95 of 100 samples: $shape, $texts texts, $budget', (drawing) => {
    expect(exceeded(drawing, chosen)).toBeLessThanOrEqual(0.05);
  });

  it('does so because of the bound: the share that was seen alone would be beyond it in half of them', () => {
    const naive: typeof chosen = (scores, budget) => ({
      status: 'calibrated',
      threshold: scores.toSorted((a, b) => b - a)[Math.floor(budget * scores.length)] ?? 0,
    });
    const drawing = { shape: 'wide', texts: 300, budget: 0.05, draws: 500 } as const;
    expect(exceeded(drawing, naive)).toBeGreaterThan(0.3);
  });

  it('takes the lowest threshold that the sample allows', () => {
    const scores = fc.array(fc.double({ min: 0, max: 0.9, noNaN: true }), { minLength: 300, maxLength: 900 });
    fc.assert(
      fc.property(scores, (drawn) => {
        const { threshold } = chosen(drawn, 0.01);
        if (threshold === THRESHOLD_MIN) return;
        const at = (least: number) => drawn.filter((score) => score >= least).length;
        // A step lower there is one text more, and that is one too many.
        expect(at(threshold - 0.0011)).toBeGreaterThan(at(threshold));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the shipped threshold where the sample is too small, and says when', () => {
    const quiet = (texts: number) => new Array<number>(texts).fill(0);
    expect(chosen(quiet(298), 0.01)).toEqual({ status: 'too-few', threshold: 0.5 });
    expect(chosen(quiet(299), 0.01)).toEqual({ status: 'calibrated', threshold: THRESHOLD_MIN });
    expect(chosen([], 0.01).status).toBe('too-few');
  });

  it('keeps it where honest texts score as high as there is', () => {
    const loud = (score: number) => chosen(new Array<number>(400).fill(score), 0.01);
    expect(loud(0.995)).toEqual({ status: 'out-of-reach', threshold: 0.5 });
    expect(loud(THRESHOLD_MAX - 0.001)).toEqual({ status: 'calibrated', threshold: THRESHOLD_MAX });
    expect(loud(THRESHOLD_MAX).status).toBe('out-of-reach');
  });

  it('never leaves a score on the threshold that is to be below it', () => {
    for (let step = 201; step < 979; step += 1) {
      const score = step / 1000;
      expect(chosen(new Array<number>(400).fill(score), 0.01).threshold).toBeGreaterThan(score);
    }
  });
});

describe('CalibrationSample', () => {
  const made = { fprBudget: 0.01, madeAt: '2026-11-28T12:00:00.000Z', detectors: { 'prompt-injection': 'v' } };

  it('keeps channels and groups of languages apart, and counts attacks and what operators said', () => {
    const sample = new CalibrationSample();
    for (let n = 0; n < 400; n += 1) {
      sample.addBenign({ channel: 'direct', language: 'latin', scores: n < 20 ? { injection: 0.55 } : {} });
    }
    for (let n = 0; n < 10; n += 1) sample.addBenign({ channel: 'data', language: 'cjk', scores: {} });
    sample.addAttack({ channel: 'direct', language: 'latin', scores: { injection: 0.8 } });
    sample.addFeedback({ channel: 'direct', language: 'latin', scores: { injection: 0.7 } }, 'false-positive');
    sample.addFeedback({ channel: 'direct', language: 'latin', scores: { injection: 0.1 } }, 'missed');
    const { thresholds, sample: counts } = sample.result(made);
    expect(counts).toMatchObject({ texts: 410, attacks: 1, feedback: 2 });
    expect(thresholds).toMatchObject([
      { channel: 'data', language: 'cjk', status: 'too-few', threshold: 0.5, texts: 10, needed: 299 },
      { channel: 'direct', language: 'latin', status: 'calibrated', threshold: 0.701, texts: 401, aboveShipped: 21 },
    ]);
    expect(thresholds[1]).toMatchObject({ above: 0, attacks: 2, found: 1 });
    expect(thresholds[1]?.upperBound).toBeLessThanOrEqual(0.01);
  });

  it('names the same scores by the same hash, in whatever order they came', () => {
    const [a, b] = [0.3, 0.4].map(
      (score) => ({ channel: 'direct', language: 'latin', scores: { injection: score } }) as const,
    );
    const hashOf = (texts: readonly (typeof a)[]) => {
      const sample = new CalibrationSample();
      for (const text of texts) if (text !== undefined) sample.addBenign(text);
      return sample.result(made).sample.hash;
    };
    expect(hashOf([a, b])).toBe(hashOf([b, a]));
    expect(hashOf([a])).not.toBe(hashOf([b]));
  });
});
