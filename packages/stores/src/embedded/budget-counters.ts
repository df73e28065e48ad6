import { join } from 'node:path';
import {
  BoundedCache,
  type BudgetClaim,
  type BudgetCounters,
  type BudgetWindow,
  type CounterStanding,
  type CounterState,
  knownError,
  type NoRoom,
  SallyportError,
  type TakenClaims,
} from '@sallyport/core';
import { asBytes, jsonOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import type { Sqlite } from './sqlite.js';
import { type KeptParts, WindowCounter } from './window-counter.ts';

const BUDGETS_FILE = 'budgets.db';
const BUDGETS_LAYOUT = 1;
const BUDGETS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, window TEXT NOT NULL, parts TEXT NOT NULL) STRICT
`;
/** Windows whose counters outlive the process: those of the others are over before a restart matters, or end with it. */
const KEPT: ReadonlySet<BudgetWindow> = new Set(['hour', 'day', 'month']);
/** Counters of what is not a session that are held at a time. */
export const COUNTERS_MAX = 100_000;
/** Counters of sessions that are held; beyond, those that nobody used lately are forgotten. */
export const PASSING_MAX = 100_000;
/** Time from a change to its being written, milliseconds. */
export const WRITE_AFTER_MS = 1_000;
/** Counters that are written at a time, so that no exchange waits long for it: some 5 ms. */
const WRITTEN_AT_ONCE = 1_000;

export interface BudgetCountersOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Runs something once, later. @returns how to call it off */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Told when counters cannot be written. */
  readonly onFailed?: (error: SallyportError) => void;
  readonly maxCounters?: number;
}

export interface EmbeddedBudgetCounters extends BudgetCounters {
  /** Writes what is not written yet. @throws {SallyportError} `STORE_BROKEN` */
  close(): void;
}

/**
 * The counters of budgets of a data folder, in memory; those of hours, days and months are written behind, within a second,
 * with all that is reserved counted as used. So a process that is killed loses what was taken in its last second, which
 * errs for the client, and keeps what it had reserved and not settled, which errs against it. A power cut may lose the last
 * writes. Cost: a look-up a claim. @throws {SallyportError} `STORE_BROKEN`
 */
export function openBudgetCounters(dataFolder: string, options: BudgetCountersOptions): EmbeddedBudgetCounters {
  const path = join(ensureDataFolder(dataFolder), BUDGETS_FILE);
  const db = openDatabase({
    path,
    schema: BUDGETS_SCHEMA,
    version: BUDGETS_LAYOUT,
    options: { synchronous: 'NORMAL' },
  });
  return new MemoryCounters(db, path, options);
}

interface Held {
  readonly key: string;
  readonly counter: WindowCounter;
  /** Whether it is written to the file. */
  readonly isKept: boolean;
}

class MemoryCounters implements EmbeddedBudgetCounters {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #options: BudgetCountersOptions;
  readonly #lasting = new Map<string, Held>();
  readonly #passing = new BoundedCache<Held>({ maxEntries: 2 * PASSING_MAX, maxWeight: 2 * PASSING_MAX });
  /** Counters that were changed since they were written. */
  readonly #changed = new Set<Held>();
  #callOff: (() => void) | undefined;
  #failure: SallyportError | undefined;
  #closed = false;

  constructor(db: Sqlite, path: string, options: BudgetCountersOptions) {
    this.#db = db;
    this.#path = path;
    this.#options = options;
    this.#load();
  }

  take(claims: readonly BudgetClaim[]): TakenClaims | NoRoom {
    const nowMs = this.#options.nowMs();
    const held: Held[] = [];
    const standings: CounterStanding[] = [];
    const full: number[] = [];
    const over: number[] = [];
    for (const [at, claim] of claims.entries()) {
      const { amount, max, hard } = claim;
      const each = this.#held(claim);
      const taken = each.counter.total(nowMs);
      if (amount > 0 && taken + amount > max) (hard ? full : over).push(at);
      held.push(each);
      standings.push(standingOf(each.counter, taken + amount));
    }
    if (full.length > 0) return noRoom(claims, held, { full, nowMs });
    const periods: number[] = [];
    for (const [at, each] of held.entries()) {
      periods.push(each.counter.reserve(claims[at]?.amount ?? 0));
      this.#note(each);
    }
    let settled = false;
    return {
      standings,
      over,
      settle: (used) => {
        if (settled) return;
        settled = true;
        for (const [at, each] of held.entries()) {
          each.counter.settle(periods[at] ?? 0, claims[at]?.amount ?? 0, used[at] ?? 0);
          this.#note(each);
        }
      },
    };
  }

  standing(key: string): CounterStanding {
    const held = this.#lasting.get(key) ?? this.#passing.get(key);
    return held === undefined ? { taken: 0 } : standingOf(held.counter, held.counter.total(this.#options.nowMs()));
  }

  *states(): Iterable<CounterState> {
    const nowMs = this.#options.nowMs();
    for (const { key, counter } of this.#lasting.values()) {
      const taken = counter.total(nowMs);
      if (taken === 0) continue;
      const { reserved, window, resetsAtMs } = counter;
      yield { key, window, used: taken - reserved, reserved, ...(resetsAtMs !== undefined && { resetsAtMs }) };
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#callOff?.();
    try {
      while (this.#changed.size > 0) this.#write();
    } finally {
      this.#db.close();
    }
  }

  #held({ key, window, passing }: BudgetClaim): Held {
    const isKept = passing !== true && KEPT.has(window);
    if (isKept && this.#failure !== undefined) throw this.#failure;
    const known = passing === true ? this.#passing.get(key) : this.#lasting.get(key);
    if (known !== undefined) return known;
    const fresh = { key, counter: new WindowCounter(window), isKept };
    if (passing === true) this.#passing.set(key, fresh, 1);
    else {
      if (this.#lasting.size >= (this.#options.maxCounters ?? COUNTERS_MAX)) this.#makeRoom();
      this.#lasting.set(key, fresh);
    }
    return fresh;
  }

  /** Lets go of counters that hold nothing. */
  #makeRoom(): void {
    const nowMs = this.#options.nowMs();
    for (const [key, held] of this.#lasting) {
      if (held.counter.total(nowMs) === 0 && !this.#changed.has(held)) this.#lasting.delete(key);
    }
    if (this.#lasting.size < (this.#options.maxCounters ?? COUNTERS_MAX)) return;
    throw new SallyportError('STORE_BROKEN', { detail: `${this.#path}: more counters than can be held` });
  }

  #note(held: Held): void {
    if (!held.isKept) return;
    this.#changed.add(held);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#callOff ??= this.#options.after(WRITE_AFTER_MS, () => {
      this.#callOff = undefined;
      try {
        this.#write();
        this.#failure = undefined;
      } catch (error) {
        this.#failure = knownError(error);
        this.#options.onFailed?.(this.#failure);
      }
      if (this.#changed.size > 0) this.#schedule();
    });
  }

  #write(): void {
    const nowMs = this.#options.nowMs();
    const batch = [...this.#changed].slice(0, WRITTEN_AT_ONCE);
    const put =
      'INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET window = excluded.window, parts = excluded.parts';
    guarded(this.#path, () => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const [putting, dropping] = [this.#db.statement(put), this.#db.statement(DROP)];
        for (const { key, counter } of batch) {
          if (counter.total(nowMs) === 0) dropping.run([JSON.stringify(key)]);
          else putting.run([JSON.stringify(key), counter.window, JSON.stringify(counter.kept)]);
        }
        this.#db.exec('COMMIT');
      } catch (error) {
        this.#db.exec('ROLLBACK');
        throw error;
      }
    });
    for (const held of batch) this.#changed.delete(held);
  }

  /** What has left its window is taken out of the file. */
  #load(): void {
    const nowMs = this.#options.nowMs();
    guarded(this.#path, () => {
      const rows = this.#db.statement(`SELECT ${asBytes('key', 'window', 'parts')} FROM counters`).all([]);
      const dropping = this.#db.statement(DROP);
      for (const [stored, window, parts] of rows) {
        // As JSON, since the engine takes no NUL and no half of a character, and names may hold either.
        const key = jsonOf(stored) as string;
        const counter = new WindowCounter(textOf(window) as BudgetWindow, jsonOf(parts) as KeptParts);
        if (counter.total(nowMs) === 0) dropping.run([textOf(stored)]);
        else this.#lasting.set(key, { key, counter, isKept: true });
      }
    });
  }
}

const DROP = 'DELETE FROM counters WHERE key = ?';

function standingOf({ resetsAtMs }: WindowCounter, taken: number): CounterStanding {
  return resetsAtMs === undefined ? { taken } : { taken, resetsAtMs };
}

function noRoom(
  claims: readonly BudgetClaim[],
  held: readonly Held[],
  { full, nowMs }: { readonly full: readonly number[]; readonly nowMs: number },
): NoRoom {
  const times = full.map((at) => {
    const { amount, max } = claims[at] ?? { amount: 0, max: 0 };
    return held[at]?.counter.roomAtMs(amount, max);
  });
  const known = times.filter((time) => time !== undefined);
  return {
    standings: held.map(({ counter }) => standingOf(counter, counter.total(nowMs))),
    full,
    ...(known.length === times.length && { roomAtMs: Math.max(...known) }),
  };
}
