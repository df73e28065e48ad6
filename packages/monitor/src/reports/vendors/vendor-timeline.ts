import type { IdentityRecord, IdentityStep, SignalRecord } from '@sallyport/core';

/** Events of one timeline that are kept, the newest. */
export const TIMELINE_MAX = 500;

/** Something that moved, or a step of a model's identity. */
export type VendorEvent =
  | {
      readonly kind: 'drift';
      readonly at: string;
      readonly scope: 'model' | 'provider';
      readonly name: string;
      readonly signal: string;
      readonly direction: SignalRecord['direction'];
      readonly before?: number;
      readonly after?: number;
      readonly from: string;
      readonly strength: number;
    }
  | {
      readonly kind: 'identity';
      readonly at: string;
      readonly provider: string;
      readonly model: string;
      readonly step: IdentityStep;
      readonly state: IdentityRecord['state'];
      /** What spoke against it. */
      readonly signals: readonly string[];
      /** Who approved it. */
      readonly by?: string;
    };

/** What happened to models in the period, oldest first. */
export class VendorTimeline {
  #events: VendorEvent[] = [];
  #left = 0;
  #suppressed = 0;

  moved({ at, scope, name, signal, direction, before, after, from, strength, suppressed = 0 }: SignalRecord): void {
    // Moves that were counted and not recorded are of no scope that anybody knows.
    this.#suppressed += suppressed;
    if (scope !== 'model' && scope !== 'provider') return;
    this.#add({
      kind: 'drift',
      at,
      scope,
      name,
      signal,
      direction,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
      from,
      strength,
    });
  }

  stepped({ at, provider, model, step, state, reasons, by }: IdentityRecord): void {
    if (step === 'restated') return;
    const signals = reasons.map(({ signal }) => signal);
    this.#add({ kind: 'identity', at, provider, model, step, state, signals, ...(by !== undefined && { by: by.id }) });
  }

  /** @returns with how many came before the oldest that is kept, and how many moves no record tells of */
  report(): { readonly events: readonly VendorEvent[]; readonly left: number; readonly suppressed: number } {
    return { events: [...this.#events], left: this.#left, suppressed: this.#suppressed };
  }

  #add(event: VendorEvent): void {
    this.#events.push(event);
    if (this.#events.length <= TIMELINE_MAX * 2) return;
    this.#left += TIMELINE_MAX;
    this.#events = this.#events.slice(TIMELINE_MAX);
  }
}
