import { SlidingWindow } from '../sketch/sliding-window.ts';
import type { Sighting } from './read-record.ts';
import { SeriesWatch } from './series-watch.ts';
import type { SeriesName, SignalMove } from './signal.ts';
import { SignalSlot } from './signal-slot.ts';

/** What is shown of a series is what came within the last five minutes, to a slot. */
export const SIGNAL_WINDOW = { slots: 3, slotMs: 100_000 } as const;
/** A series is looked at for changes when it was seen so often: of most names of a flood there is nothing to learn. */
export const WATCHED_AFTER = 32;
/** What a series takes beside its slots and detectors, measured in `benchmarks/monitor`. */
const SERIES_BYTES = 500;

/** What is known of all that has one thing in common: its window, and the detectors on it. */
export class Series {
  readonly name: SeriesName;
  readonly #window = new SlidingWindow(SIGNAL_WINDOW, () => new SignalSlot());
  readonly #isWatched: boolean;
  #watch: SeriesWatch | undefined;
  #seen = 0;

  /** @param isWatched of what has nothing in common, changes say nothing */
  constructor(name: SeriesName, { isWatched }: { readonly isWatched: boolean }) {
    this.name = name;
    this.#isWatched = isWatched;
  }

  /** Records that were taken in all. */
  get seen(): number {
    return this.#seen;
  }

  /** Exchanges that came last, newest first. */
  get recent(): readonly string[] {
    return this.#watch?.recent ?? [];
  }

  add(sighting: Sighting): readonly SignalMove[] {
    this.#window.current(sighting.atMs).add(sighting);
    this.#seen += 1;
    if (!this.#isWatched || this.#seen < WATCHED_AFTER) return [];
    this.#watch ??= new SeriesWatch(this.name);
    return this.#watch.observe(sighting);
  }

  /** All that the window holds, as one. Cost: 10 us. */
  summary(nowMs: number): SignalSlot {
    const sum = new SignalSlot();
    for (const slot of this.#window.contents(nowMs)) sum.merge(slot);
    return sum;
  }

  /** What the window holds, by slot: for what needs no quantiles. */
  slots(nowMs: number): readonly SignalSlot[] {
    return this.#window.contents(nowMs);
  }

  foldInto(other: Series): void {
    this.#window.addTo(other.#window, (into, from) => into.merge(from));
  }

  /** An estimate that is no less than what it takes at that time. */
  bytesAt(nowMs: number): number {
    const slots = this.#window.contents(nowMs).reduce((sum, slot) => sum + slot.bytes, 0);
    return SERIES_BYTES + slots + (this.#watch?.bytes ?? 0);
  }
}
