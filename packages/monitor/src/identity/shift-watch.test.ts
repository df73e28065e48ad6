import { describe, expect, it } from 'vitest';
import { BASELINE_ROUNDS, EXCLUDED_ROUNDS, PERSISTENT_ROUNDS, ShiftWatch } from './shift-watch.ts';

/** Shifts that scatter evenly by two hundredths around one that is usual, the same each time. */
const usual = (n: number) => 0.12 + 0.04 * (((n * 7_919) % 101) / 100 - 0.5);

function watching(rounds = 2 * BASELINE_ROUNDS) {
  const watch = new ShiftWatch();
  const early = Array.from({ length: rounds }, (_, n) => watch.observe(usual(n))).flat();
  const kindsOf = (shifts: readonly number[]) => shifts.map((shift) => watch.observe(shift).map(({ kind }) => kind));
  return { watch, early, kindsOf };
}

describe('ShiftWatch', () => {
  it('says nothing of shifts as they always were', () => {
    expect(watching(300).early).toEqual([]);
  });

  it('says nothing before it knows what is usual', () => {
    const { watch, early, kindsOf } = watching(BASELINE_ROUNDS - 1);
    expect([early, watch.isLearning]).toEqual([[], true]);
    expect(kindsOf([1])).toEqual([[]]);
    expect(watch.isLearning).toBe(false);
  });

  it('warns of a small rise that stays, and does not page', () => {
    const { kindsOf } = watching();
    const kinds = kindsOf(new Array(8).fill(0.2)).flat();
    expect(kinds).toEqual(['warned']);
  });

  it('pages when a rise of more than 0.2 stays for three rounds, once', () => {
    const { kindsOf } = watching();
    const kinds = kindsOf(new Array(6).fill(0.34));
    expect(kinds.map((each) => each.includes('paged'))).toEqual(
      Array.from({ length: 6 }, (_, n) => n === PERSISTENT_ROUNDS - 1),
    );
  });

  it('does not page of two rounds, nor of three that are not in a row, nor of a rise of less', () => {
    for (const shifts of [
      [0.5, 0.5, 0.12, 0.12, 0.12],
      [0.5, 0.5, 0.12, 0.5],
      [0.31, 0.31, 0.31, 0.31],
    ]) {
      expect(watching().kindsOf(shifts).flat()).not.toContain('paged');
    }
  });

  it('does not take a rise for usual before it pages: the newest rounds are left out', () => {
    const { kindsOf } = watching(BASELINE_ROUNDS + EXCLUDED_ROUNDS);
    expect(kindsOf([0.4, 0.4, 0.4]).flat()).toContain('paged');
  });

  it('says how far it went, and learns anew when it is told to', () => {
    const { watch } = watching();
    const [alarm] = watch.observe(0.9);
    expect(alarm).toMatchObject({ kind: 'warned', after: 0.9 });
    expect(alarm?.before).toBeCloseTo(0.12, 2);
    expect(alarm?.strength).toBeGreaterThan(1);
    watch.reset();
    expect(watch.isLearning).toBe(true);
    expect(watch.observe(Number.NaN)).toEqual([]);
  });
});
