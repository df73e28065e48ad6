import type { ClosedRecord } from '@sallyport/core';
import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { type Distribution, distributionOf, shareOf } from '../distribution.ts';

/** What the gateway took of the time of exchanges that went to a provider or to a tool. */
export interface OverheadReport {
  /** Milliseconds from the arrival of the request to the call. */
  readonly before: Distribution;
  /** Milliseconds that text of an answer was held, of the answers of which any was. */
  readonly held: Distribution;
  /** Both, of the whole time of these exchanges, 0..1. */
  readonly share?: number;
}

/** Adds up what exchanges waited for the gateway. */
export class OverheadTimes {
  readonly #before = new QuantileSketch();
  readonly #held = new QuantileSketch();
  #totalMs = 0;

  take({ ms: { total, beforeUpstream, held } }: Pick<ClosedRecord, 'ms'>): void {
    if (beforeUpstream === undefined) return;
    this.#before.add(beforeUpstream);
    if (held > 0) this.#held.add(held);
    this.#totalMs += total;
  }

  report(): OverheadReport {
    const share = shareOf(this.#before.sum + this.#held.sum, this.#totalMs);
    return {
      before: distributionOf(this.#before),
      held: distributionOf(this.#held),
      ...(share !== undefined && { share }),
    };
  }
}
