import type { BudgetWindow } from '@sallyport/core';

/** A sliding window is counted in so many parts, and one more: the oldest counts until all of it has passed. */
export const WINDOW_PARTS = 12;
const RING = WINDOW_PARTS + 1;
const DAY_MS = 86_400_000;
const MONTHS = 12;

/** Where a taking stands in its counter. */
export type Period = number;

/** How time is cut for a window: `period` of a time, and when what was taken in it no longer counts. */
interface Cut {
  readonly periods: number;
  readonly period: (nowMs: number) => Period;
  readonly endMs?: (period: Period) => number;
}

function sliding(windowMs: number): Cut {
  const partMs = windowMs / WINDOW_PARTS;
  return {
    periods: RING,
    period: (nowMs) => Math.floor(nowMs / partMs),
    endMs: (period) => Math.ceil((period + RING) * partMs),
  };
}

const ENDLESS: Cut = { periods: 1, period: () => 0 };

const CUTS: Readonly<Record<BudgetWindow, Cut>> = {
  second: sliding(1_000),
  minute: sliding(60_000),
  hour: sliding(3_600_000),
  day: { periods: 1, period: (nowMs) => Math.floor(nowMs / DAY_MS), endMs: (period) => (period + 1) * DAY_MS },
  month: {
    periods: 1,
    period: (nowMs) => {
      const at = new Date(nowMs);
      return at.getUTCFullYear() * MONTHS + at.getUTCMonth();
    },
    endMs: (period) => Date.UTC(Math.floor(period / MONTHS), (period % MONTHS) + 1),
  },
  session: ENDLESS,
  now: ENDLESS,
};

interface Part {
  period: Period;
  used: number;
  reserved: number;
}

/** What is kept of a counter: for each period that still counts, what was used and what was reserved, as one number. */
export type KeptParts = readonly (readonly [period: Period, taken: number])[];

/** One counter. Time never goes back: what comes at an earlier time counts at the latest that was seen. */
export class WindowCounter {
  readonly window: BudgetWindow;
  private readonly cut: Cut;
  private readonly parts: Part[] = [];
  private latest: Period = 0;

  constructor(window: BudgetWindow, kept: KeptParts = []) {
    this.window = window;
    this.cut = CUTS[window];
    for (const [period, taken] of kept) {
      this.latest = Math.max(this.latest, period);
      this.parts.push({ period, used: taken, reserved: 0 });
    }
  }

  /** What counts at a time, used and reserved. Cost: the parts of the window, 13 at most. */
  total(nowMs: number): number {
    this.advance(nowMs);
    let sum = 0;
    for (const { used, reserved } of this.parts) sum += used + reserved;
    return sum;
  }

  /** What is reserved of what counted when it was last looked at. */
  get reserved(): number {
    return this.parts.reduce((sum, part) => sum + part.reserved, 0);
  }

  /** When all that counted when it was last looked at has left the window. */
  get resetsAtMs(): number | undefined {
    return this.cut.endMs?.(this.parts.at(-1)?.period ?? this.latest);
  }

  /** Takes at the latest time that was looked at. @returns the period that it counts in */
  reserve(amount: number): Period {
    const last = this.parts.at(-1);
    if (last?.period === this.latest) last.reserved += amount;
    else this.parts.push({ period: this.latest, used: 0, reserved: amount });
    return this.latest;
  }

  /** Puts what was used in the place of what was reserved, in the period of the reservation, if that still counts. */
  settle(period: Period, reserved: number, used: number): void {
    const part = this.parts.find((each) => each.period === period);
    if (part === undefined) return;
    part.reserved -= reserved;
    part.used += used;
  }

  /** When there is room for an amount, if nothing else is taken; absent where no time makes any. */
  roomAtMs(amount: number, max: number): number | undefined {
    const { endMs } = this.cut;
    if (amount > max || endMs === undefined) return undefined;
    let left = this.parts.reduce((sum, { used, reserved }) => sum + used + reserved, 0);
    for (const { period, used, reserved } of this.parts) {
      left -= used + reserved;
      if (left + amount <= max) return endMs(period);
    }
    return undefined;
  }

  /** What a restart must know: what was reserved counts as used, since nobody will settle it. */
  get kept(): KeptParts {
    return this.parts.map(({ period, used, reserved }) => [period, used + reserved]);
  }

  private advance(nowMs: number): void {
    const { period, periods } = this.cut;
    this.latest = Math.max(this.latest, period(nowMs));
    while (this.parts.length > 0 && (this.parts[0]?.period ?? 0) <= this.latest - periods) this.parts.shift();
  }
}
