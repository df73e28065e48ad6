/** RFC 3339, UTC; `to` exclusive. */
export interface ReportPeriod {
  readonly from: string;
  readonly to: string;
}

/** Stretches that a period is cut into for its trends, at most. */
export const REPORT_BINS_MAX = 60;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How long one may be: what people have names for. */
const STEPS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  30 * DAY_MS,
  90 * DAY_MS,
  365 * DAY_MS,
] as const;

/** A period in equal stretches that begin where a clock in UTC would have them begin; the first and the last may lie partly outside. */
export class ReportBins {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly count: number;
  readonly #startMs: number;

  /** @param max stretches at most, 2.. */
  constructor({ from, to }: ReportPeriod, max = REPORT_BINS_MAX) {
    this.fromMs = Date.parse(from);
    this.toMs = Date.parse(to);
    const fits = (stepMs: number) => this.#binsOf(stepMs) <= max;
    this.stepMs = STEPS_MS.find(fits) ?? Math.ceil((this.toMs - this.fromMs) / (max - 1));
    this.count = this.#binsOf(this.stepMs);
    this.#startMs = Math.floor(this.fromMs / this.stepMs) * this.stepMs;
  }

  /** Whether the period holds this moment. */
  holds(atMs: number): boolean {
    return atMs >= this.fromMs && atMs < this.toMs;
  }

  /** Number of the stretch of a moment in the period. */
  at(atMs: number): number {
    return Math.floor((atMs - this.#startMs) / this.stepMs);
  }

  /** When each begins. */
  get startsMs(): readonly number[] {
    return Array.from({ length: this.count }, (_, at) => this.startMs(at));
  }

  startMs(at: number): number {
    return this.#startMs + at * this.stepMs;
  }

  #binsOf(stepMs: number): number {
    return Math.ceil(this.toMs / stepMs) - Math.floor(this.fromMs / stepMs);
  }
}
