import type { BudgetCounters, BudgetWindow } from '@sallyport/core';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedBudgetCounters, openBudgetCounters } from './embedded/budget-counters.ts';
import { claim, taken } from './testing/budget-claims.ts';
import { dataFolder, removeDataFolders } from './testing/data-folders.ts';

/** Counters on a clock that the test sets. */
type OpenCounters = (nowMs: () => number) => BudgetCounters;

const WINDOW_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
const NOON = Date.UTC(2026, 10, 30, 12);

/** Those that there are: another one has a line here, and holds to all of it. */
const IMPLEMENTATIONS: readonly (readonly [name: string, open: OpenCounters])[] = [
  [
    'openBudgetCounters()',
    (nowMs) => {
      const counters = openBudgetCounters(dataFolder(), { nowMs, after: () => () => undefined });
      opened.push(counters);
      return counters;
    },
  ],
];

const opened: EmbeddedBudgetCounters[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});
afterAll(removeDataFolders);

describe.each(IMPLEMENTATIONS)('%s as BudgetCounters', (_name, open) => {
  taking(open);
  windows(open);
  laws(open);
});

function taking(open: OpenCounters): void {
  it('takes up to the limit, and nothing of it beyond', () => {
    const counters = open(() => NOON);
    expect(taken(counters.take([claim({ amount: 9 })])).standings[0]?.taken).toBe(9);
    expect(counters.take([claim({ amount: 2 })])).toMatchObject({ full: [0] });
    expect(taken(counters.take([claim({ amount: 1 })])).standings[0]?.taken).toBe(10);
    expect(counters.take([claim()])).toMatchObject({ full: [0] });
    expect(taken(counters.take([claim({ amount: 0 })])).standings[0]?.taken).toBe(10);
  });

  it('takes nothing of a counter that is beyond its limit', () => {
    const counters = open(() => NOON);
    taken(counters.take([claim({ amount: 10 })])).settle([15]);
    expect(taken(counters.take([claim({ amount: 0 })])).standings[0]?.taken).toBe(15);
    expect(counters.take([claim({ amount: 1 })])).toMatchObject({ full: [0] });
  });

  it('takes all claims or none', () => {
    const counters = open(() => NOON);
    taken(counters.take([claim({ key: 'b', amount: 10 })]));
    const refused = counters.take([claim({ key: 'a' }), claim({ key: 'b' }), claim({ key: 's', hard: false })]);
    expect(refused).toMatchObject({ full: [1] });
    expect(counters.standing('a').taken).toBe(0);
    expect(counters.standing('s').taken).toBe(0);
  });

  it('takes a soft claim beyond its limit, and says so', () => {
    const counters = open(() => NOON);
    const soft = claim({ hard: false, amount: 6 });
    expect(taken(counters.take([soft])).over).toEqual([]);
    expect(taken(counters.take([soft])).over).toEqual([0]);
    expect(counters.standing('k').taken).toBe(12);
  });

  it('settles once: what was used takes the place of what was reserved', () => {
    const counters = open(() => NOON);
    const first = taken(counters.take([claim({ amount: 10 })]));
    expect([...counters.states()]).toMatchObject([{ used: 0, reserved: 10 }]);
    first.settle([4]);
    first.settle([0]);
    expect([...counters.states()]).toMatchObject([{ key: 'k', window: 'day', used: 4, reserved: 0 }]);
    taken(counters.take([claim({ amount: 6 })])).settle([9]);
    expect(counters.standing('k').taken).toBe(13);
  });
}

function windows(open: OpenCounters): void {
  it('begins a day and a month anew where the calendar does, in UTC, and settles in the period of the taking', () => {
    let nowMs = Date.UTC(2026, 10, 30, 23, 59, 59, 999);
    const counters = open(() => nowMs);
    const late = taken(counters.take([claim({ amount: 10 }), claim({ key: 'm', amount: 10, window: 'month' })]));
    expect(counters.take([claim()])).toMatchObject({ roomAtMs: Date.UTC(2026, 11, 1) });
    expect(counters.take([claim({ key: 'm', window: 'month' })])).toMatchObject({ roomAtMs: Date.UTC(2026, 11, 1) });
    nowMs = Date.UTC(2026, 11, 1);
    expect(taken(counters.take([claim(), claim({ key: 'm', window: 'month' })])).standings.map((s) => s.taken)).toEqual(
      [1, 1],
    );
    late.settle([10, 10]);
    expect(counters.standing('m')).toEqual({ taken: 1, resetsAtMs: Date.UTC(2027, 0, 1) });
  });

  it('does not begin anew when the clock goes back', () => {
    let nowMs = Date.UTC(2026, 11, 1);
    const counters = open(() => nowMs);
    taken(counters.take([claim({ amount: 10 })]));
    nowMs -= 1;
    expect(counters.take([claim()])).toMatchObject({ full: [0] });
  });

  it('counts sessions and what goes on without an end', () => {
    let nowMs = NOON;
    const counters = open(() => nowMs);
    const going = taken(counters.take([claim({ key: 'n', window: 'now', max: 1 })]));
    taken(counters.take([claim({ window: 'session', amount: 10, passing: true })]));
    nowMs += 400 * 86_400_000;
    const now = counters.take([claim({ key: 'n', window: 'now', max: 1 })]);
    expect(now).toMatchObject({ full: [0] });
    expect(now).not.toHaveProperty('roomAtMs');
    expect(counters.take([claim({ window: 'session', passing: true })])).toMatchObject({ full: [0] });
    going.settle([0]);
    taken(counters.take([claim({ key: 'n', window: 'now', max: 1 })]));
  });
}

function laws(open: OpenCounters): void {
  it('never counts more than the limit within any window of its length, and finds room when it says', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(90_000), amount: fc.integer({ min: 1, max: 5 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    const windows = fc.constantFrom<keyof typeof WINDOW_MS>('second', 'minute', 'hour');
    fc.assert(
      fc.property(windows, steps, (window, all) => {
        let nowMs = NOON;
        const counters = open(() => nowMs);
        const went: { readonly atMs: number; readonly amount: number }[] = [];
        for (const { waitMs, amount } of all) {
          nowMs += waitMs;
          let outcome = counters.take([claim({ window, amount })]);
          if ('full' in outcome) {
            const roomAtMs = outcome.roomAtMs ?? 0;
            expect(roomAtMs).toBeGreaterThan(nowMs);
            expect(roomAtMs - nowMs).toBeLessThanOrEqual(Math.ceil((WINDOW_MS[window] * 13) / 12) + 1);
            nowMs = roomAtMs;
            outcome = counters.take([claim({ window, amount })]);
          }
          taken(outcome).settle([amount]);
          went.push({ atMs: nowMs, amount });
          const within = went.filter(({ atMs }) => atMs > nowMs - WINDOW_MS[window]);
          expect(within.reduce((sum, each) => sum + each.amount, 0)).toBeLessThanOrEqual(10);
        }
      }),
    );
  });

  it('never lets what concurrent exchanges take go beyond a limit by more than they use beyond what they reserved', () => {
    const exchanges = fc.array(fc.record({ reserved: fc.nat(40), used: fc.nat(60), order: fc.nat() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(exchanges, fc.constantFrom<BudgetWindow>('minute', 'month', 'session'), (all, window) => {
        const counters = open(() => NOON);
        const ask = (amount: number) => counters.take([claim({ window, max: 100, amount })]);
        const admitted = all.flatMap((each) => {
          const outcome = ask(each.reserved);
          return 'full' in outcome ? [] : [{ ...each, outcome }];
        });
        expect(admitted.reduce((sum, { reserved }) => sum + reserved, 0)).toBeLessThanOrEqual(100);
        for (const { outcome, used } of admitted.sort((a, b) => a.order - b.order)) outcome.settle([used]);
        const beyond = admitted.reduce((sum, { reserved, used }) => sum + Math.max(0, used - reserved), 0);
        expect(counters.standing('k').taken).toBeLessThanOrEqual(100 + beyond);
      }),
    );
  });
}
