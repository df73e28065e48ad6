/**
 * How long what was counted counts. `second`, `minute` and `hour` slide: at no time more than the limit within one of them.
 * `day` and `month` are those of the calendar in UTC. `session` lasts as long as its session is known, `now` as long as what
 * is counted goes on.
 */
export const BUDGET_WINDOWS = ['second', 'minute', 'hour', 'day', 'month', 'session', 'now'] as const;
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number];

/** What is to be taken from one counter. */
export interface BudgetClaim {
  /** Names the limit, its window and whom it counts: the same key is the same counter. */
  readonly key: string;
  readonly window: BudgetWindow;
  /** A whole number, 0..2^53 - 1, in the limit's unit. */
  readonly max: number;
  /** A soft one is taken also where there is no room, and said to be over. */
  readonly hard: boolean;
  /** A whole number, 0..2^53 - 1. */
  readonly amount: number;
  /** May be forgotten when more than the bound are held: counters of sessions. */
  readonly passing?: true;
}

/** How a counter stands. */
export interface CounterStanding {
  /** What was used and what is reserved, together. */
  readonly taken: number;
  /** Milliseconds since 1970 when all of it has left the window; absent where no time does that. */
  readonly resetsAtMs?: number;
}

/** Claims that were taken. */
export interface TakenClaims {
  /** Of each claim, in order, the amount taken included. */
  readonly standings: readonly CounterStanding[];
  /** Indexes of soft claims beyond their limit. */
  readonly over: readonly number[];
  /** Puts what was really used in the place of what was reserved. Counts once; the window is that of the taking. */
  settle(used: readonly number[]): void;
}

/** A hard claim had no room, so nothing was taken. */
export interface NoRoom {
  readonly standings: readonly CounterStanding[];
  /** Indexes of the hard claims without room, at least one. */
  readonly full: readonly number[];
  /** Milliseconds since 1970 when there is room for all of them, if nothing else is taken; absent where that is not known. */
  readonly roomAtMs?: number;
}

export interface CounterState {
  readonly key: string;
  readonly window: BudgetWindow;
  readonly used: number;
  readonly reserved: number;
  readonly resetsAtMs?: number;
}

/**
 * The counters of budgets. Taking is one step for all claims: nobody comes between the look and the taking, whoever else
 * counts on the same keys. Synchronous: a store that several processes share lends each an allotment ahead of time.
 */
export interface BudgetCounters {
  /**
   * A claim of nothing always fits. @param claims of different counters
   * @throws {SallyportError} `STORE_BROKEN` when what is taken could not be kept, or too many counters are held
   */
  take(claims: readonly BudgetClaim[]): TakenClaims | NoRoom;
  /** How a counter stands, without taking anything. */
  standing(key: string): CounterStanding;
  /** Counters that hold something. */
  states(): Iterable<CounterState>;
}
