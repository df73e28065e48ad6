import type { DrillClock } from '@sallyport/redteam';

export interface DrillRounds {
  /** From the start of one drill to the earliest start of the next, milliseconds. */
  readonly everyMs: number;
  /** Aborting ends it, in a wait at once. */
  readonly stop: AbortSignal;
  readonly clock: DrillClock;
  /** In [0,1). */
  readonly random: () => number;
  /** One drill. @returns its exit code */
  readonly drill: (round: number) => Promise<number>;
}

/** Of the time between two drills, what the start of one may be late: those of several gateways don't fall together. */
const JITTER = 0.1;

/** One drill after the other until it is stopped, never two at a time: what takes longer makes the next one late. @returns the exit code of the last that ended */
export async function drillRounds({ everyMs, stop, clock, random, drill }: DrillRounds): Promise<number> {
  let code = 0;
  for (let round = 1; !stop.aborted; round += 1) {
    const startedMs = clock.nowMs();
    const ended = await drill(round);
    if (stop.aborted) break;
    code = ended;
    const nextMs = startedMs + everyMs * (1 + JITTER * random());
    const waitMs = nextMs - clock.nowMs();
    if (waitMs > 0) await clock.wait(waitMs);
  }
  return code;
}
