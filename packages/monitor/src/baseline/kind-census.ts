import type { AuditRecord } from '@sallyport/core';
import type { ReportBins } from '../reports/report-bins.ts';
import { OTHER } from '../sketch/counted-names.ts';
import { FrequentNames } from '../sketch/frequent-names.ts';
import type { Baseline } from './baseline.ts';
import { keyOf } from './baseline-sampler.ts';
import { BASELINE_MIXES, type BaselineMix } from './compared-signals.ts';
import { type BaselineKinds, KINDS_MAX } from './kind-counts.ts';
import { KindReader } from './kind-reader.ts';
import { isOtherPair } from './last-tools.ts';
import { readObservation } from './read-observation.ts';

/** Kinds that are counted for each that is told apart, so that the most frequent are found in a flood of kinds. */
const COUNTED_PER_TOLD = 4;

interface Counted {
  readonly reader: KindReader;
  readonly mixes: Map<BaselineMix, FrequentNames>;
}

/** Which kinds of each series come most: a look at the records before they are measured, so that it does not matter which came first. Some 100 MiB at worst. */
export class KindCensus {
  readonly #bins: ReportBins;
  readonly #chosen: ReadonlySet<string>;
  readonly #counted = new Map<string, Counted>();

  /** @param chosen keys of series; others are passed over */
  constructor(bins: ReportBins, chosen: ReadonlySet<string>) {
    this.#bins = bins;
    this.#chosen = chosen;
  }

  take(record: AuditRecord): void {
    const observation = readObservation(record);
    if (observation === undefined || !this.#bins.holds(observation.atMs)) return;
    for (const name of observation.series) {
      const key = keyOf(name);
      if (!this.#chosen.has(key)) continue;
      const { reader, mixes } = this.#counted.get(key) ?? { reader: new KindReader(name.scope), mixes: new Map() };
      this.#counted.set(key, { reader, mixes });
      for (const [mix, kind] of reader.read(observation)) {
        const names = mixes.get(mix) ?? new FrequentNames(COUNTED_PER_TOLD * KINDS_MAX[mix]);
        mixes.set(mix, names);
        names.add(kind);
      }
    }
  }

  /** Those that come most, where there are more than can be told apart. */
  kinds(): BaselineKinds {
    return new Map(
      Array.from(this.#counted, ([key, { mixes }]) => {
        const full = [...mixes].filter(([mix, names]) => !names.isWhole || names.names().length > KINDS_MAX[mix]);
        const chosen = full.map(([mix, names]) => {
          return [mix, { kinds: new Set(names.names().slice(0, KINDS_MAX[mix])), isOpen: false }] as const;
        });
        return [key, Object.fromEntries(chosen)] as const;
      }),
    );
  }
}

/** The kinds that a reference tells apart: those that are counted in what is compared with it. */
export function kindsOf({ series }: Pick<Baseline, 'series'>): BaselineKinds {
  return new Map(
    series.map(({ series: name, mixes }) => {
      const known = BASELINE_MIXES.flatMap((mix) => {
        const kinds = mixes[mix]?.kinds.map(([kind]) => kind) ?? [];
        const told = kinds.filter((kind) => !isOther(mix, kind));
        return [[mix, { kinds: new Set(told), isOpen: told.length === kinds.length }] as const];
      });
      return [keyOf(name), Object.fromEntries(known)] as const;
    }),
  );
}

/**
 * How often a kind may have come that a mix does not tell apart, at most; 0 where it tells all apart.
 * @param kinds with their counts, of all of a period
 */
export function untoldMax(mix: BaselineMix, kinds: readonly (readonly [kind: string, count: number])[]): number {
  const told = kinds.filter(([kind]) => !isOther(mix, kind));
  if (told.length === kinds.length) return 0;
  const count = kinds.reduce((sum, [, times]) => sum + times, 0);
  const least = told.reduce((fewest, [, times]) => Math.min(fewest, times), count);
  return least + count / (COUNTED_PER_TOLD * KINDS_MAX[mix] + 1);
}

function isOther(mix: BaselineMix, kind: string): boolean {
  return kind === OTHER || (mix === 'transitions' && isOtherPair(kind));
}
