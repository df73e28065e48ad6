import type { Mix } from '../change/compare-mixes.ts';
import { OTHER } from '../sketch/counted-names.ts';
import type { BaselineMix } from './compared-signals.ts';
import { otherPair, pairOf } from './last-tools.ts';

/** Kinds that one mix tells apart; the rest count as `other`, of pairs of tools for each first one. */
export const KINDS_MAX: Readonly<Record<BaselineMix, number>> = {
  finish: 48,
  tools: 48,
  findings: 48,
  transitions: 96,
};

/** Which kinds are told apart. */
export interface KnownKinds {
  readonly kinds: ReadonlySet<string>;
  /** Others are told apart too, while there is room. */
  readonly isOpen: boolean;
}

/** By mix; of one that is not named, any. */
export type SeriesKinds = Readonly<Partial<Record<BaselineMix, KnownKinds>>>;

/** By key of the series. */
export type BaselineKinds = ReadonlyMap<string, SeriesKinds>;

const ANY_KINDS: KnownKinds = { kinds: new Set(), isOpen: true };

/**
 * Counts of kinds in each part of a period, in bounded memory. A kind is told apart from its first time on or never, so that no count is of a part of the period:
 * those that were chosen before, and where others may be, those that come first.
 */
export class KindCounts {
  readonly #buckets: number;
  readonly #mix: BaselineMix;
  readonly #known: KnownKinds;
  readonly #rows = new Map<string, Uint32Array>();
  /** Tools of which some pair is told apart. */
  readonly #firsts: Set<string>;
  #toldApart: number;

  constructor(buckets: number, mix: BaselineMix, known = ANY_KINDS) {
    this.#buckets = buckets;
    this.#mix = mix;
    this.#known = known;
    this.#toldApart = known.kinds.size;
    this.#firsts = new Set(mix === 'transitions' ? Array.from(known.kinds, (pair) => pairOf(pair)[0]) : []);
  }

  add(bucket: number, kind: string): void {
    const row = this.#rows.get(kind) ?? this.#rowOf(this.#toldAs(kind));
    row[bucket] = (row[bucket] ?? 0) + 1;
  }

  get count(): number {
    return this.mix().reduce((sum, [, times]) => sum + times, 0);
  }

  /** Most frequent first. */
  mix(): Mix {
    return Array.from(this.#rows, ([kind, row]) => [kind, row.reduce((sum, times) => sum + times, 0)] as const).sort(
      (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1),
    );
  }

  /** How often each kind came in each part. */
  rows(): ReadonlyMap<string, Uint32Array> {
    return this.#rows;
  }

  /** All kinds of each part together. */
  counts(): Float64Array {
    const counts = new Float64Array(this.#buckets);
    for (const row of this.#rows.values()) {
      for (const [bucket, times] of row.entries()) counts[bucket] = (counts[bucket] ?? 0) + times;
    }
    return counts;
  }

  /** A kind that has no row yet. @returns the kind itself where it is told apart */
  #toldAs(kind: string): string {
    const isPair = this.#mix === 'transitions';
    const first = isPair ? pairOf(kind)[0] : '';
    if (this.#known.kinds.has(kind)) return kind;
    if (this.#known.isOpen && this.#toldApart < KINDS_MAX[this.#mix]) {
      this.#toldApart += 1;
      if (isPair) this.#firsts.add(first);
      return kind;
    }
    return isPair && this.#firsts.has(first) ? otherPair(first) : OTHER;
  }

  #rowOf(kind: string): Uint32Array {
    const row = this.#rows.get(kind) ?? new Uint32Array(this.#buckets);
    this.#rows.set(kind, row);
    return row;
  }
}
