import { rounded } from './distribution.ts';

/** How two that judge the same things agree. */
export interface Agreement {
  readonly both: number;
  readonly onlyTheirs: number;
  readonly onlyOurs: number;
  readonly neither: number;
  /** Cohen's kappa, -1..1; absent where it is not defined: nothing was judged, or chance alone would have them agree on everything. */
  readonly kappa?: number;
}

/** Counts of what both said of the same exchanges. Source of kappa: J. Cohen, "A coefficient of agreement for nominal scales", 1960. */
export class AgreementCounts {
  #both = 0;
  #onlyTheirs = 0;
  #onlyOurs = 0;
  #neither = 0;

  add(theirs: boolean, ours: boolean): void {
    if (theirs && ours) this.#both += 1;
    else if (theirs) this.#onlyTheirs += 1;
    else if (ours) this.#onlyOurs += 1;
    else this.#neither += 1;
  }

  report(): Agreement {
    const [both, onlyTheirs, onlyOurs, neither] = [this.#both, this.#onlyTheirs, this.#onlyOurs, this.#neither];
    const all = both + onlyTheirs + onlyOurs + neither;
    const theirs = both + onlyTheirs;
    const ours = both + onlyOurs;
    const byChance = (theirs * ours + (all - theirs) * (all - ours)) / (all * all);
    const defined = all > 0 && byChance < 1;
    return {
      both,
      onlyTheirs,
      onlyOurs,
      neither,
      ...(defined && { kappa: rounded(((both + neither) / all - byChance) / (1 - byChance)) }),
    };
  }
}
