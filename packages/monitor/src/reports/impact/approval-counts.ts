import { type ApprovalDoor, type ApprovalRecord, BoundedCache } from '@sallyport/core';
import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { type Distribution, distributionOf } from '../distribution.ts';

/** Questions to people that wait, beyond which the oldest are forgotten: how long these waited is not known. */
export const WAITING_APPROVALS_MAX = 10_000;
/** Questions to people about tool calls, by what came of them in the period. */
export interface ApprovalFigures {
  readonly asked: number;
  readonly granted: number;
  readonly denied: number;
  readonly expired: number;
  /** Calls for which nobody was asked any more, because so much waited already. */
  readonly crowded: number;
  readonly byDoor: Readonly<Partial<Record<ApprovalDoor, number>>>;
  /** Milliseconds from the question to yes or no. */
  readonly waited: Distribution;
}

/** Counts questions and answers. Bounded. */
export class ApprovalCounts {
  readonly #askedMs = new BoundedCache<number>({ maxEntries: WAITING_APPROVALS_MAX, maxWeight: WAITING_APPROVALS_MAX });
  readonly #steps = { asked: 0, granted: 0, denied: 0, expired: 0 };
  readonly #doors = new Map<ApprovalDoor, number>();
  readonly #waited = new QuantileSketch();
  #crowded = 0;

  take(
    { approval, step, by }: ApprovalRecord,
    { atMs, inPeriod }: { readonly atMs: number; readonly inPeriod: boolean },
  ): void {
    if (step === 'asked') this.#askedMs.set(approval, atMs, 1);
    if (!inPeriod) return;
    this.#steps[step] += 1;
    if (step !== 'granted' && step !== 'denied') return;
    if (by !== undefined) this.#doors.set(by.via, (this.#doors.get(by.via) ?? 0) + 1);
    this.#waited.add(Math.max(0, atMs - (this.#askedMs.get(approval) ?? Number.NaN)));
  }

  crowded(): void {
    this.#crowded += 1;
  }

  report(): ApprovalFigures {
    return {
      ...this.#steps,
      crowded: this.#crowded,
      byDoor: Object.fromEntries(this.#doors),
      waited: distributionOf(this.#waited),
    };
  }
}
