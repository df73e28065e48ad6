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
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import type { Sqlite } from './sqlite.js';
import { type KeptParts, WindowCounter } from './window-counter.ts';

const BUDGETS_FILE = 'budgets.db';
const BUDGETS_LAYOUT = 1;
const BUDGETS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS counters (key TEXT NOT NULL, window TEXT NOT NULL, parts TEXT NOT NULL, PRIMARY KEY (key, window)) STRICT
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
 * writes. Cost: under a microsecond a claim. @throws {SallyportError} `STORE_BROKEN`
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
}

class MemoryCounters implements EmbeddedBudgetCounters {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #options: BudgetCountersOptions;
  readonly #lasting = new Map<string, Held>();
  readonly #passing = new BoundedCache<Held>({ maxEntries: 2 * PASSING_MAX, maxWeight: 2 * PASSING_MAX });
  /** Ids of counters that were changed since they were written. */
  readonly #changed = new Map<string, Held>();
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
    const held = claims.map((claim) => this.#held(claim));
    const full: number[] = [];
    const over: number[] = [];
    for (const [at, { amount, max, hard }] of claims.entries()) {
      const { used, reserved } = held[at]?.counter.sum(nowMs) ?? NOTHING;
      if (amount > 0 && used + reserved + amount > max) (hard ? full : over).push(at);
    }
    if (full.length > 0) return noRoom(claims, held, { full, nowMs });
    const periods = claims.map(({ amount }, at) => held[at]?.counter.reserve(amount) ?? 0);
    for (const each of held) this.#note(each);
    let settled = false;
    return {
      standings: held.map(({ counter }) => counter.standing(nowMs)),
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

  standing(key: string, window: BudgetWindow): CounterStanding {
    const id = idOf(key, window);
    const held = this.#lasting.get(id) ?? this.#passing.get(id);
    return (held?.counter ?? new WindowCounter(window)).standing(this.#options.nowMs());
  }

  *states(): Iterable<CounterState> {
    const nowMs = this.#options.nowMs();
    for (const { key, counter } of this.#lasting.values()) {
      const { used, reserved } = counter.sum(nowMs);
      if (used + reserved === 0) continue;
      const { resetsAtMs } = counter.standing(nowMs);
      yield { key, window: counter.window, used, reserved, ...(resetsAtMs !== undefined && { resetsAtMs }) };
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
    const id = idOf(key, window);
    if (passing === true) {
      const known = this.#passing.get(id);
      if (known !== undefined) return known;
      const fresh = { key, counter: new WindowCounter(window) };
      this.#passing.set(id, fresh, 1);
      return fresh;
    }
    if (this.#failure !== undefined && KEPT.has(window)) throw this.#failure;
    const known = this.#lasting.get(id);
    if (known !== undefined) return known;
    if (this.#lasting.size >= (this.#options.maxCounters ?? COUNTERS_MAX)) this.#makeRoom();
    const fresh = { key, counter: new WindowCounter(window) };
    this.#lasting.set(id, fresh);
    return fresh;
  }

  /** Lets go of counters that hold nothing. */
  #makeRoom(): void {
    const nowMs = this.#options.nowMs();
    for (const [id, { counter }] of this.#lasting) {
      const { used, reserved } = counter.sum(nowMs);
      if (used + reserved === 0 && !this.#changed.has(id)) this.#lasting.delete(id);
    }
    if (this.#lasting.size < (this.#options.maxCounters ?? COUNTERS_MAX)) return;
    throw new SallyportError('STORE_BROKEN', { detail: `${this.#path}: more counters than can be held` });
  }

  #note(held: Held): void {
    if (!KEPT.has(held.counter.window) || this.#lasting.get(idOf(held.key, held.counter.window)) !== held) return;
    this.#changed.set(idOf(held.key, held.counter.window), held);
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
    const put = 'INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (key, window) DO UPDATE SET parts = excluded.parts';
    guarded(this.#path, () => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const [putting, dropping] = [this.#db.statement(put), this.#db.statement(DROP)];
        for (const [, { key, counter }] of batch) {
          const { used, reserved } = counter.sum(nowMs);
          if (used + reserved === 0) dropping.run([key, counter.window]);
          else putting.run([key, counter.window, JSON.stringify(counter.kept)]);
        }
        this.#db.exec('COMMIT');
      } catch (error) {
        this.#db.exec('ROLLBACK');
        throw error;
      }
    });
    for (const [id] of batch) this.#changed.delete(id);
  }

  /** What has left its window is taken out of the file. */
  #load(): void {
    const nowMs = this.#options.nowMs();
    guarded(this.#path, () => {
      const rows = this.#db.statement('SELECT key, window, parts FROM counters').all([]);
      const dropping = this.#db.statement(DROP);
      for (const [key, window, parts] of rows) {
        const counter = new WindowCounter(String(window) as BudgetWindow, JSON.parse(String(parts)) as KeptParts);
        if (counter.sum(nowMs).used === 0) dropping.run([String(key), String(window)]);
        else this.#lasting.set(idOf(String(key), counter.window), { key: String(key), counter });
      }
    });
  }
}

const DROP = 'DELETE FROM counters WHERE key = ? AND window = ?';
const NOTHING = { used: 0, reserved: 0 };

function idOf(key: string, window: BudgetWindow): string {
  return `${window} ${key}`;
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
    standings: held.map(({ counter }) => counter.standing(nowMs)),
    full,
    ...(known.length === times.length && { roomAtMs: Math.max(...known) }),
  };
}
