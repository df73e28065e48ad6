import { OTHER } from '../sketch/counted-names.ts';
import { Series } from './series.ts';
import type { Scope, SeriesName } from './signal.ts';

/** Of so many series that had their turn before, the one that was used least makes room. */
const CANDIDATES = 16;
/** A series says what it takes each time that it was added to so often. */
const WEIGHED_EVERY = 8;

interface Held {
  readonly series: Series;
  bytes: number;
}

/**
 * The series of one scope, at most so many. For one that is new, a series that came least within its window makes room: what it holds goes to `other`, so that
 * sums stay whole. A flood of names that come once each drives nothing out that comes often.
 */
export class SeriesTable {
  readonly #max: number;
  readonly #held = new Map<string, Held>();
  readonly #other: Held;
  #bytes = 0;

  /** @param max series beside `other`, 1.. */
  constructor(scope: Scope, max: number) {
    this.#max = max;
    this.#other = { series: new Series({ scope, name: OTHER }, { isWatched: false }), bytes: 0 };
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes + this.#other.bytes;
  }

  /** The series of this name, made where there is none; after it was added to, `weigh()` is due. */
  take(name: SeriesName, nowMs: number): Series {
    const held = this.#held.get(name.name);
    if (held !== undefined) return held.series;
    if (name.name === OTHER) return this.#other.series;
    if (this.#held.size >= this.#max) this.foldLeast(nowMs);
    const series = new Series(name, { isWatched: true });
    this.#held.set(name.name, { series, bytes: 0 });
    return series;
  }

  weigh(series: Series, nowMs: number): void {
    if (series.seen % WEIGHED_EVERY !== 1) return;
    const held = series === this.#other.series ? this.#other : this.#held.get(series.name.name);
    if (held === undefined) return;
    const bytes = series.bytesAt(nowMs);
    if (held !== this.#other) this.#bytes += bytes - held.bytes;
    held.bytes = bytes;
  }

  /** Makes room. @returns whether there was anything to fold */
  foldLeast(nowMs: number): boolean {
    let least: Held | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [name, held] of [...this.#firsts()]) {
      const came = held.series.slots(nowMs).reduce((sum, { exchanges, calls }) => sum + exchanges + calls, 0);
      if (came < fewest) [least, fewest] = [held, came];
      // Whoever stays has its next turn when all others had theirs.
      this.#held.delete(name);
      this.#held.set(name, held);
    }
    if (least === undefined) return false;
    least.series.foldInto(this.#other.series);
    this.#other.bytes = this.#other.series.bytesAt(nowMs);
    this.#bytes -= least.bytes;
    this.#held.delete(least.series.name.name);
    return true;
  }

  /** Series that have a name of their own. */
  *named(): Generator<Series> {
    for (const { series } of this.#held.values()) yield series;
  }

  /** All series, `other` too where anything came to it. */
  *all(): Generator<Series> {
    yield* this.named();
    if (this.#other.bytes > 0) yield this.#other.series;
  }

  *#firsts(): Generator<[string, Held]> {
    let left = CANDIDATES;
    for (const entry of this.#held) {
      if (left === 0) return;
      left -= 1;
      yield entry;
    }
  }
}
