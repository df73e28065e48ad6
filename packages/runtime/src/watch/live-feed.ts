import type { LiveEvent } from './live-event.ts';

/** Who watches at once, at most. */
export const WATCHERS_MAX = 32;

/** Where a watcher stands: the run of the gateway, and the number of the last event that it has. */
export interface FeedPosition {
  readonly run: string;
  readonly number: number;
}

/** What comes next for one watcher. */
export type FeedItem =
  | { readonly number: number; readonly event: LiveEvent }
  /** Events are gone: so many, or nobody knows how many where they were of another run. */
  | { readonly number: number; readonly gap: number | undefined };

export interface Watcher {
  /** Up to so many items that were not taken yet; none where nothing came. */
  take(max: number): readonly FeedItem[];
  close(): void;
}

/**
 * The newest events, for whoever watches. No watcher has a queue of its own: whoever is slow, or comes back late, is told how many events are gone.
 */
export class LiveFeed {
  /** Of this start of the gateway: numbers of another mean nothing here. */
  readonly run: string;
  readonly #events: (LiveEvent | undefined)[];
  readonly #wakers = new Set<() => void>();
  /** Of the newest, 0 before there is any. */
  #newest = 0;

  constructor(run: string, maxEvents: number) {
    this.run = run;
    this.#events = new Array<LiveEvent | undefined>(maxEvents);
  }

  get watchers(): number {
    return this.#wakers.size;
  }

  push(event: LiveEvent): void {
    this.#newest += 1;
    this.#events[this.#newest % this.#events.length] = event;
    for (const wake of this.#wakers) wake();
  }

  /**
   * @param after the last event that the watcher has; without it, it is told what comes from now on
   * @param wake called whenever there is something new
   * @returns nothing where too many watch
   */
  watch(after: FeedPosition | undefined, wake: () => void): Watcher | undefined {
    if (this.#wakers.size >= WATCHERS_MAX) return undefined;
    // A waker of one's own, so that the same function can watch twice.
    const own = () => wake();
    this.#wakers.add(own);
    let last = after === undefined ? this.#newest : after.number;
    let lost = after !== undefined && (after.run !== this.run || after.number > this.#newest);
    if (lost) last = Math.max(0, this.#newest - this.#events.length);
    return {
      take: (max) => {
        const items: FeedItem[] = [];
        const oldest = Math.max(1, this.#newest - this.#events.length + 1);
        if (lost || last + 1 < oldest) {
          items.push({ number: oldest - 1, gap: lost ? undefined : oldest - 1 - last });
          last = oldest - 1;
          lost = false;
        }
        for (const until = Math.min(this.#newest, last + max - items.length); last < until; ) {
          last += 1;
          items.push({ number: last, event: this.#events[last % this.#events.length] as LiveEvent });
        }
        return items;
      },
      close: () => {
        this.#wakers.delete(own);
      },
    };
  }
}
