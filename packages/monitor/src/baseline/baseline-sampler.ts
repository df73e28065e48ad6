import type { AuditRecord } from '@sallyport/core';
import { ReportBins, type ReportPeriod } from '../reports/report-bins.ts';
import { CountedNames } from '../sketch/counted-names.ts';
import type { Baseline } from './baseline.ts';
import { BASELINE_SCOPES, type BaselineScope } from './compared-signals.ts';
import { BASELINE_BINS_MAX } from './hour-of.ts';
import type { BaselineKinds } from './kind-counts.ts';
import { type BaselineName, readObservation } from './read-observation.ts';
import { SeriesSample } from './series-sample.ts';

/** Series of each scope that are measured at most: those that come most. */
export const BASELINE_SERIES_MAX: Readonly<Record<BaselineScope, number>> = { model: 100, agent: 200, principal: 200 };
/** Names that are counted beside those that are measured, so that the most frequent are found in a flood of names. */
const COUNTED_PER_MEASURED = 4;

/** Which models, agents and principals come most: a first look at the records, before they are measured. */
export class BaselineCensus {
  readonly #counts = new Map(
    BASELINE_SCOPES.map((scope) => [scope, new CountedNames(COUNTED_PER_MEASURED * BASELINE_SERIES_MAX[scope])]),
  );
  #records = 0;

  take(record: AuditRecord): void {
    const observation = readObservation(record);
    if (observation === undefined) return;
    this.#records += 1;
    for (const series of observation.series) this.#counts.get(series.scope)?.add(keyOf(series));
  }

  get records(): number {
    return this.#records;
  }

  /** Keys of the series that come most. */
  chosen(): ReadonlySet<string> {
    const keys = BASELINE_SCOPES.flatMap((scope) => this.#keys(scope).slice(0, BASELINE_SERIES_MAX[scope]));
    return new Set(keys);
  }

  /** Names that are counted, and not chosen. */
  get leftOut(): number {
    return BASELINE_SCOPES.reduce(
      (sum, scope) => sum + Math.max(0, this.#keys(scope).length - BASELINE_SERIES_MAX[scope]),
      0,
    );
  }

  #keys(scope: BaselineScope): readonly string[] {
    const entries = this.#counts.get(scope)?.entries() ?? [];
    return entries.flatMap(([key]) => (key.startsWith(`${scope} `) ? [key] : []));
  }
}

export function keyOf({ scope, name }: Pick<BaselineName, 'scope' | 'name'>): string {
  return `${scope} ${name}`;
}

/** Measures the chosen series of a period: a projection of its records in bounded memory, some 200 MiB at worst. Cost: `benchmarks/drift`. */
export class BaselineSampler {
  readonly #bins: ReportBins;
  readonly #period: ReportPeriod;
  readonly #chosen: ReadonlySet<string>;
  readonly #kinds: BaselineKinds;
  readonly #samples = new Map<string, SeriesSample>();
  readonly #hours = new Array<number>(24).fill(0);
  readonly #weekdays = new Array<number>(7).fill(0);
  #records = 0;

  /** @param chosen keys of series; others are passed over */
  constructor(period: ReportPeriod, chosen: ReadonlySet<string>, kinds: BaselineKinds) {
    this.#kinds = kinds;
    this.#period = period;
    this.#chosen = chosen;
    this.#bins = new ReportBins(period, BASELINE_BINS_MAX);
  }

  take(record: AuditRecord): void {
    const observation = readObservation(record);
    if (observation === undefined) return;
    this.#records += 1;
    if (observation.end !== undefined) {
      const at = new Date(observation.atMs);
      this.#hours[at.getUTCHours()] = (this.#hours[at.getUTCHours()] ?? 0) + 1;
      this.#weekdays[at.getUTCDay()] = (this.#weekdays[at.getUTCDay()] ?? 0) + 1;
    }
    for (const name of observation.series) {
      const key = keyOf(name);
      if (!this.#chosen.has(key)) continue;
      const sample = this.#samples.get(key) ?? new SeriesSample(name, this.#bins, this.#kinds.get(key));
      this.#samples.set(key, sample);
      sample.add(observation);
    }
  }

  /** Records that counted. */
  get records(): number {
    return this.#records;
  }

  sample(key: string): SeriesSample | undefined {
    return this.#samples.get(key);
  }

  /** @param leftOut series that were not chosen */
  baseline(leftOut: number): Baseline {
    return {
      period: this.#period,
      records: this.#records,
      hours: [...this.#hours],
      weekdays: [...this.#weekdays],
      series: Array.from(this.#samples.values(), (sample) => sample.summary()).sort((a, b) =>
        keyOf(a.series) < keyOf(b.series) ? -1 : 1,
      ),
      leftOut,
    };
  }
}
