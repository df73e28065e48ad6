import { CountedNames, OTHER } from '../sketch/counted-names.ts';

/** Names that are told apart. */
export const TRANSITION_NAMES_MAX = 32;
/** The others have a place of their own: none that is known makes room for them. */
const WITH_OTHER = TRANSITION_NAMES_MAX + 1;
/** What the frequency of a name alone weighs against what followed another, observations. */
const PRIOR = 2;
const START = '\0start';

/** What usually follows what, such as the tools that an agent uses one after the other. */
export class Transitions {
  readonly #names = new CountedNames(WITH_OTHER);
  readonly #after = new Map<string, CountedNames>();
  #last = START;

  get observed(): number {
    return this.#names.total;
  }

  /** Pairs of names that are kept: what it takes grows with them. */
  get pairs(): number {
    let pairs = 0;
    for (const followed of this.#after.values()) pairs += followed.size;
    return pairs;
  }

  /**
   * How surprising it is that this comes next, by all that came before; then it is one of these.
   * @returns bits: 0 of what is certain; what never came is as surprising as there are names and observations
   */
  observe(name: string): number {
    const next = this.#names.has(name) || this.#names.size < TRANSITION_NAMES_MAX ? name : OTHER;
    const surprise = -Math.log2(this.#chance(next));
    this.#names.add(next);
    let followed = this.#after.get(this.#last);
    if (followed === undefined) {
      followed = new CountedNames(WITH_OTHER);
      this.#after.set(this.#last, followed);
    }
    followed.add(next);
    this.#last = next;
    return surprise;
  }

  /** Another run begins: what comes next follows nothing. */
  restart(): void {
    this.#last = START;
  }

  #chance(next: string): number {
    const alone = (this.#names.of(next) + 1) / (this.#names.total + this.#names.size + 1);
    const followed = this.#after.get(this.#last);
    return ((followed?.of(next) ?? 0) + PRIOR * alone) / ((followed?.total ?? 0) + PRIOR);
  }
}
