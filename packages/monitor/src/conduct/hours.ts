export const HOUR_MS = 3_600_000;

/** Tells when an hour ended. */
export class Hours {
  #hour = Number.NEGATIVE_INFINITY;

  /**
   * @returns `ended` where another hour began; `lost` where the clock went back by more than an hour: what was counted until then is of no hour
   */
  turn(atMs: number): 'ended' | 'lost' | undefined {
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour === this.#hour || hour === this.#hour - 1) return undefined;
    const turned = hour > this.#hour ? 'ended' : 'lost';
    this.#hour = hour;
    return turned;
  }
}
