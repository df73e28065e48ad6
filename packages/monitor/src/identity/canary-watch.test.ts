import { describe, expect, it } from 'vitest';
import type { CanaryRound } from './border-shift.ts';
import { CanaryWatch, REFERENCE_ROUNDS } from './canary-watch.ts';
import { BASELINE_ROUNDS } from './shift-watch.ts';

/** Numbers in [0,1), the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function rig(seed = 11) {
  const random = randomFrom(seed);
  const watch = new CanaryWatch(random);
  const round = (share: number): CanaryRound =>
    Array.from({ length: 20 }, () => {
      const yes = Array.from({ length: 10 }, () => random() < share).filter(Boolean).length;
      return new Map([
        ['yes', yes],
        ['no', 10 - yes],
      ]);
    });
  const kinds = (share: number, rounds: number) =>
    Array.from({ length: rounds }, () => watch.take(round(share)).map(({ kind }) => kind));
  return { watch, kinds };
}

describe('CanaryWatch', () => {
  it('says nothing while answers stay as they were', () => {
    expect(rig().kinds(0.5, 100).flat()).toEqual([]);
  });

  it('learns a reference and what is usual before it says anything', () => {
    const { watch, kinds } = rig();
    kinds(0.5, REFERENCE_ROUNDS + BASELINE_ROUNDS - 1);
    expect(watch.isLearning).toBe(true);
    kinds(0.5, 1);
    expect(watch.isLearning).toBe(false);
  });

  it('warns of a large shift in the first round, confirms it, and pages in the third; each once', () => {
    const { kinds } = rig();
    kinds(0.5, 40);
    const told = kinds(0.95, 8);
    expect(told[0]).toContain('warned');
    expect(told[2]).toContain('paged');
    expect(told.flat().sort()).toEqual(['confirmed', 'paged', 'warned']);
  });

  it('confirms a small shift and does not page', () => {
    const { kinds } = rig();
    kinds(0.5, 40);
    expect(kinds(0.72, 8).flat()).toEqual(['warned', 'confirmed']);
  });

  it('takes the model for what it is when it is told to', () => {
    const { watch, kinds } = rig();
    kinds(0.5, 40);
    watch.reset();
    expect(kinds(0.95, 60).flat()).toEqual([]);
  });

  it('says nothing of a round without answers', () => {
    const { watch, kinds } = rig();
    kinds(0.5, 40);
    expect(watch.take([])).toEqual([]);
  });
});
