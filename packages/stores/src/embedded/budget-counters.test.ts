import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { claim, taken } from '../testing/budget-claims.ts';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { type EmbeddedBudgetCounters, openBudgetCounters } from './budget-counters.ts';
import { Sqlite } from './sqlite.js';

const opened: EmbeddedBudgetCounters[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});
afterAll(removeDataFolders);

const MORNING = Date.UTC(2026, 10, 28, 8);
let later: (() => void)[] = [];
const after = (_ms: number, run: () => void) => {
  later.push(run);
  return () => {
    later = later.filter((each) => each !== run);
  };
};
/** The second has passed. */
function pass(): void {
  for (const run of later.splice(0)) run();
}

function open(folder: string, more: Partial<Parameters<typeof openBudgetCounters>[1]> = {}): EmbeddedBudgetCounters {
  const counters = openBudgetCounters(folder, { nowMs: () => MORNING, after, ...more });
  opened.push(counters);
  return counters;
}

describe('openBudgetCounters()', () => {
  it('knows after a clean stop what was used in an hour, a day and a month, and nothing of a minute', () => {
    const folder = dataFolder();
    const first = open(folder);
    for (const window of ['minute', 'hour', 'day', 'month'] as const)
      taken(first.take([claim({ key: window, window, amount: 7 })])).settle([5]);
    first.close();
    const again = open(folder);
    expect(again.standing('minute').taken).toBe(0);
    expect([...again.states()].map(({ window, used }) => [window, used]).sort()).toEqual([
      ['day', 5],
      ['hour', 5],
      ['month', 5],
    ]);
  });

  it('knows after it was killed what was written within a second: what was reserved and not settled counts', () => {
    const folder = dataFolder();
    const killed = open(folder);
    taken(killed.take([claim({ amount: 3 })])).settle([1]);
    taken(killed.take([claim({ amount: 4 })]));
    pass();
    // Taken in the last second: lost.
    taken(killed.take([claim({ amount: 2 })]));
    expect(open(folder).standing('k').taken).toBe(5);
  });

  it('forgets what has left its window, in the file too', () => {
    const folder = dataFolder();
    const first = open(folder);
    taken(first.take([claim({ amount: 7 })]));
    first.close();
    open(folder, { nowMs: () => MORNING + 86_400_000 }).close();
    expect(open(folder).standing('k').taken).toBe(0);
  });

  it('keeps any key apart from any other, whatever characters are in it', () => {
    const folder = dataFolder();
    const first = open(folder);
    const keys = ['a', 'a\n', '\u0000', '\ud800', "'; DROP TABLE counters; --"];
    for (const [at, key] of keys.entries()) taken(first.take([claim({ key, amount: at + 1 })]));
    first.close();
    const again = open(folder);
    expect(keys.map((key) => again.standing(key).taken)).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes nothing that it could not keep, until it can again', () => {
    const folder = dataFolder();
    const failures: SallyportError[] = [];
    const counters = open(folder, { onFailed: (error) => failures.push(error) });
    const file = join(folder, 'budgets.db');
    const other = new Sqlite(file, { busyTimeoutMs: 0 });
    other.exec('ALTER TABLE counters RENAME TO hidden');
    taken(counters.take([claim({ amount: 1 })]));
    pass();
    expect(failures.map(({ code }) => code)).toEqual(['STORE_BROKEN']);
    expect(() => counters.take([claim()])).toThrow(SallyportError);
    taken(counters.take([claim({ key: 'm', window: 'minute' })]));
    other.exec('ALTER TABLE hidden RENAME TO counters');
    other.close();
    pass();
    expect(taken(counters.take([claim()])).standings[0]?.taken).toBe(2);
  });

  it('holds so many counters and no more: those that hold nothing make room', () => {
    let nowMs = MORNING;
    const counters = open(dataFolder(), { maxCounters: 2, nowMs: () => nowMs });
    taken(counters.take([claim({ key: 'a', window: 'second' })]));
    taken(counters.take([claim({ key: 'b', window: 'second' })]));
    expect(() => counters.take([claim({ key: 'c', window: 'second' })])).toThrow(SallyportError);
    nowMs += 2_000;
    taken(counters.take([claim({ key: 'c', window: 'second' })]));
  });

  it('makes a file that its owner alone can read', () => {
    const folder = dataFolder();
    open(folder);
    const file = join(folder, 'budgets.db');
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).mode & 0o077).toBe(0);
  });
});
