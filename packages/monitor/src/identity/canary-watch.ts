import { borderShift, type CanaryRound, pooledRounds } from './border-shift.ts';
import { confirmShift } from './confirm-shift.ts';
import { ShiftWatch } from './shift-watch.ts';

/** Rounds whose answers are what later ones are compared with. */
export const REFERENCE_ROUNDS = 3;
/** The newest rounds by which a warning is confirmed. */
const CONFIRMING_ROUNDS = 3;
/** Probability by chance at which it is: a warning is looked at in each further round. */
const CONFIRMED_BELOW = 0.002;

/** What the canaries of one model say. `warned` has other causes at times; `confirmed` and `paged` have none. */
export interface CanarySign {
  readonly kind: 'warned' | 'confirmed' | 'paged';
  /** The usual shift, and the newest. */
  readonly before: number;
  readonly after: number;
  /** Rounds since it began. */
  readonly since: number;
  readonly strength: number;
}

/** The canaries of one model, round by round: the first rounds are the reference, the next teach how far unchanged answers are from it. */
export class CanaryWatch {
  readonly #random: () => number;
  readonly #shifts = new ShiftWatch();
  #reference: CanaryRound = [];
  #learnt = 0;
  #newest: CanaryRound[] = [];
  /** A warning that is not confirmed yet. */
  #open: CanarySign | undefined;

  /** @param random numbers in [0,1), by which chance is judged */
  constructor(random: () => number) {
    this.#random = random;
  }

  get isLearning(): boolean {
    return this.#shifts.isLearning;
  }

  take(round: CanaryRound): readonly CanarySign[] {
    if (this.#learnt < REFERENCE_ROUNDS) {
      this.#reference = pooledRounds(this.#reference, round);
      this.#learnt += 1;
      return [];
    }
    this.#newest = [...this.#newest, round].slice(-CONFIRMING_ROUNDS);
    const shift = borderShift(this.#reference, round);
    if (shift === undefined) return [];
    const alarms = this.#shifts.observe(shift);
    this.#open = alarms.find(({ kind }) => kind === 'warned') ?? this.#open;
    return [...alarms, ...this.#confirms(shift)];
  }

  /** Somebody took the model for what it is now. */
  reset(): void {
    this.#shifts.reset();
    this.#reference = [];
    this.#learnt = 0;
    this.#newest = [];
    this.#open = undefined;
  }

  #confirms(after: number): readonly CanarySign[] {
    if (this.#open === undefined) return [];
    const chance = confirmShift(this.#reference, this.#newest.reduce(pooledRounds), this.#random);
    if (chance > CONFIRMED_BELOW) return [];
    const { before, since } = this.#open;
    this.#open = undefined;
    return [{ kind: 'confirmed', before, after, since, strength: CONFIRMED_BELOW / chance }];
  }
}
