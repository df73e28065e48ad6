import { CountedNames } from '../sketch/counted-names.ts';
import type { Change, ChangeDetector } from './change.ts';
import { compareMixes, type MixComparison } from './compare-mixes.ts';

export interface MixOptions {
  /** Observations of the mix that others are compared with, and of each that is compared, 20.., default 250. */
  readonly window?: number;
  /** Kinds that are told apart, default 24. */
  readonly kinds?: number;
  /** Population stability index from which on a mix counts as another one, default 0.1; from 0.25 on it is very much another one. */
  readonly act?: number;
  /** How improbable a difference must be by chance, in standard deviations, default 4.3: once in 100,000 comparisons. */
  readonly sigmas?: number;
}

/** A change of a mix, and what of it moved. */
export interface MixMove extends Change {
  readonly comparison: MixComparison;
}

/**
 * Says when things come in another mix than they used to: each so many observations are compared with the first so many. After an alarm
 * the new mix is the usual one. False alarms and delays: `benchmarks/drift`.
 */
export class MixChange implements ChangeDetector<string> {
  readonly #options: Required<MixOptions>;
  #usual: CountedNames | undefined;
  #now: CountedNames;
  #fromMs = 0;

  constructor({ window = 250, kinds = 24, act = 0.1, sigmas = 4.3 }: MixOptions = {}) {
    this.#options = { window, kinds, act, sigmas };
    this.#now = new CountedNames(kinds);
  }

  get isLearning(): boolean {
    return this.#usual === undefined;
  }

  observe(kind: string, atMs = 0): MixMove | undefined {
    const { window, kinds, act, sigmas } = this.#options;
    if (this.#now.total === 0) this.#fromMs = atMs;
    this.#now.add(kind);
    if (this.#now.total < window) return undefined;
    const now = this.#now;
    this.#now = new CountedNames(kinds);
    const comparison = this.#usual && compareMixes(this.#usual.entries(), now.entries());
    if (comparison === undefined) {
      this.#usual = now;
      return undefined;
    }
    if (comparison.psi < act || comparison.sigmas < sigmas) return undefined;
    this.#usual = now;
    return { direction: 'other', since: window, fromMs: this.#fromMs, strength: comparison.psi / act, comparison };
  }
}
