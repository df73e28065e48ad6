import type { Mix } from '../change/compare-mixes.ts';
import { OTHER } from '../sketch/counted-names.ts';
import { total } from './course.ts';

/** Kinds that one mix tells apart; the rest count as `other`. */
export const KINDS_MAX = 48;

/**
 * Counts of kinds in each part of a period, in bounded memory. A kind that is new takes the place of one that came once only, so that a flood of names that come once
 * each drives nothing out that comes often.
 */
export class KindCounts {
  readonly #buckets: number;
  readonly #max: number;
  readonly #rows = new Map<string, Uint32Array>();
  readonly #totals = new Map<string, number>();

  /** @param max kinds that are told apart, 1.. */
  constructor(buckets: number, max = KINDS_MAX) {
    this.#buckets = buckets;
    this.#max = max;
  }

  add(bucket: number, kind: string): void {
    const known = this.#rows.has(kind) ? kind : this.#roomFor(kind);
    let row = this.#rows.get(known);
    if (row === undefined) {
      row = new Uint32Array(this.#buckets);
      this.#rows.set(known, row);
    }
    row[bucket] = (row[bucket] ?? 0) + 1;
    this.#totals.set(known, (this.#totals.get(known) ?? 0) + 1);
  }

  get count(): number {
    let sum = 0;
    for (const times of this.#totals.values()) sum += times;
    return sum;
  }

  /** Most frequent first. */
  mix(): Mix {
    return [...this.#totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
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

  /** @returns the kind itself where there is room for it */
  #roomFor(kind: string): string {
    if (kind === OTHER || this.#rows.size < this.#max) return kind;
    for (const [known, times] of this.#totals) {
      if (times > 1 || known === OTHER) continue;
      this.#toOther(known);
      return kind;
    }
    return OTHER;
  }

  #toOther(kind: string): void {
    const row = this.#rows.get(kind);
    this.#rows.delete(kind);
    this.#totals.delete(kind);
    const other = this.#rows.get(OTHER) ?? new Uint32Array(this.#buckets);
    for (const [bucket, times] of (row ?? []).entries()) other[bucket] = (other[bucket] ?? 0) + times;
    this.#rows.set(OTHER, other);
    this.#totals.set(OTHER, total(Float64Array.from(other)));
  }
}
