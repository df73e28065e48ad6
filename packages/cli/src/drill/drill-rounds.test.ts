import { describe, expect, test } from 'vitest';
import { drillRounds } from './drill-rounds.ts';

const HOUR_MS = 3_600_000;

/** A clock that only waiting and drilling move. */
function rig(random: number) {
  const stopping = new AbortController();
  let atMs = 0;
  const starts: number[] = [];
  const clock = {
    nowMs: () => atMs,
    wait: async (ms: number) => {
      atMs += ms;
    },
  };
  const rounds = (codes: readonly number[], tookMs: number) =>
    drillRounds({
      everyMs: HOUR_MS,
      stop: stopping.signal,
      clock,
      random: () => random,
      drill: async (round) => {
        starts.push(atMs);
        atMs += tookMs;
        if (round === codes.length) stopping.abort();
        return codes[round - 1] ?? 0;
      },
    });
  return { rounds, starts, stopping };
}

describe('drillRounds()', () => {
  test('starts one an hour after the last began, late by a tenth of it at most', async () => {
    const [soon, late] = [rig(0), rig(0.999)];
    await soon.rounds([0, 0, 0], 1_000);
    await late.rounds([0, 0, 0], 1_000);
    expect(soon.starts).toEqual([0, HOUR_MS, 2 * HOUR_MS]);
    expect(late.starts.at(-1)).toBeGreaterThan(2 * HOUR_MS);
    expect(late.starts.at(-1)).toBeLessThan(2 * 1.1 * HOUR_MS);
  });

  test('never runs two at a time: one that takes longer makes the next late', async () => {
    const { rounds, starts } = rig(0);
    await rounds([0, 0, 0], 2.5 * HOUR_MS);
    expect(starts).toEqual([0, 2.5 * HOUR_MS, 5 * HOUR_MS]);
  });

  test('ends with what the last drill came to that was not stopped half-way', async () => {
    expect(await rig(0).rounds([1, 0, 3, 0], 1_000)).toBe(3);
    expect(await rig(0).rounds([1, 0], 1_000)).toBe(1);
  });

  test('begins none where it is stopped already', async () => {
    const { rounds, starts, stopping } = rig(0);
    stopping.abort();
    expect(await rounds([1], 0)).toBe(0);
    expect(starts).toEqual([]);
  });
});
