import type { AuditRecord } from '@sallyport/core';
import { ConductWatch } from '../conduct/conduct-watch.ts';
import { OutlierWatch } from './outlier-watch.ts';
import { readRecord } from './read-record.ts';
import type { Series } from './series.ts';
import { SeriesTable } from './series-table.ts';
import { SCOPES, type Scope, type SignalMove } from './signal.ts';

/** Series of each scope, at most; one more of each counts what has none of its own. */
export const SERIES_MAX: Readonly<Record<Scope, number>> = {
  gateway: 1,
  model: 500,
  provider: 100,
  route: 99,
  tool: 2_000,
  agent: 2_500,
  principal: 4_800,
};
/** What all series take together, by their own estimate; beyond, those that came least make room. */
export const SERIES_MAX_BYTES = 64 * 1_048_576;

export interface BoardBounds {
  readonly series?: Partial<Record<Scope, number>>;
  readonly maxBytes?: number;
  /** Principals that ask one template through, and much of it, because they are meant to: `tenant/kind/id`. */
  readonly batch?: readonly string[];
}

/**
 * All signals of a gateway: a projection of its records into sliding windows and detectors, in bounded memory. Time is the records' own.
 * Cost: `benchmarks/monitor`.
 */
export class SignalBoard {
  readonly #tables: Readonly<Record<Scope, SeriesTable>>;
  readonly #maxBytes: number;
  readonly #outliers = new OutlierWatch();
  readonly #conduct: ConductWatch;

  constructor({ series = {}, maxBytes = SERIES_MAX_BYTES, batch = [] }: BoardBounds = {}) {
    this.#conduct = new ConductWatch(batch);
    const table = (scope: Scope) => [scope, new SeriesTable(scope, series[scope] ?? SERIES_MAX[scope])] as const;
    this.#tables = Object.fromEntries(SCOPES.map(table)) as Record<Scope, SeriesTable>;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return SCOPES.reduce((sum, scope) => sum + this.#tables[scope].size, 0);
  }

  /** An estimate that is no less than what all series, and what is known of principals, take. */
  get bytes(): number {
    return SCOPES.reduce((sum, scope) => sum + this.#tables[scope].bytes, this.#conduct.bytes);
  }

  /** @returns what moved */
  take(record: AuditRecord): readonly SignalMove[] {
    const found = this.#conduct.take(record);
    const sighting = readRecord(record);
    if (sighting === undefined || Number.isNaN(sighting.atMs)) return found;
    const { atMs } = sighting;
    const moves: SignalMove[] = [...found];
    for (const name of sighting.series) {
      const table = this.#tables[name.scope];
      const series = table.take(name, atMs);
      moves.push(...series.add(sighting));
      table.weigh(series, atMs);
    }
    while (this.bytes > this.#maxBytes && this.#foldLargest(atMs));
    moves.push(...this.#outliers.look(this.#tables.principal.named(), atMs));
    return moves;
  }

  /** A move is about to be recorded: what is a finding is not found again so soon. */
  told(move: SignalMove): void {
    this.#conduct.told(move);
  }

  /** It could not be. */
  untold(move: SignalMove): void {
    this.#conduct.untold(move);
  }

  /** The series of a scope, `other` too; in no order. */
  series(scope: Scope): Iterable<Series> {
    return this.#tables[scope].all();
  }

  #foldLargest(nowMs: number): boolean {
    const largest = SCOPES.reduce((most, scope) =>
      this.#tables[scope].bytes > this.#tables[most].bytes ? scope : most,
    );
    if (this.#conduct.bytes > this.#tables[largest].bytes) return this.#conduct.forgetLeast();
    return this.#tables[largest].foldLeast(nowMs);
  }
}
