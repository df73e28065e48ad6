/** Rounds from which it is known how large the shift of an unchanged model is. */
export const BASELINE_ROUNDS = 14;
/** The newest rounds that say nothing of what is usual: a change that is looked for must not be learnt. */
export const EXCLUDED_ROUNDS = 4;
/** Beyond what is usual, in standard deviations, and absolutely. */
const PAGE_SIGMAS = 4;
const PAGE_RISE = 0.2;
/** Rounds in a row in which both hold. */
export const PERSISTENT_ROUNDS = 3;
/** Of the cumulative sum, in standard deviations: what is let pass in each round, and where it warns. */
const CUSUM_SLACK = 1;
const CUSUM_LIMIT = 5;
/** A model whose shift never moved has this one: otherwise the first other value were infinitely far away. */
const LEAST_DEVIATION = 0.01;

/** What a round showed. */
export interface ShiftAlarm {
  /** `warned`: probably it moved. `paged`: it did. */
  readonly kind: 'warned' | 'paged';
  /** What is usual, and what was seen in the newest round. */
  readonly before: number;
  readonly after: number;
  /** Rounds since it began, this one too. */
  readonly since: number;
  /** How far it went beyond what raises the alarm, 1.. */
  readonly strength: number;
}

/**
 * Judges the shifts of one model's canaries, round by round. A one-sided CUSUM warns: it finds small shifts early, and is wrong at times.
 * The rule that pages is the published one of B3IT (arXiv 2602.11083): against the mean of 14 rounds of which the newest 4 are left out, beyond 4 standard
 * deviations and by 0.2 or more, in 3 rounds in a row. False alarms and delays: `benchmarks/identity`. Each alarm is raised once, until `reset()`.
 */
export class ShiftWatch {
  /** Oldest first: as many as the window and what it excludes. */
  #shifts: number[] = [];
  #usual: { readonly mean: number; readonly deviation: number } | undefined;
  #sum = 0;
  #since = 0;
  #persistent = 0;
  #raised = new Set<ShiftAlarm['kind']>();

  /** Rounds are too few to say anything. */
  get isLearning(): boolean {
    return this.#usual === undefined;
  }

  /** @param shift 0..1 */
  observe(shift: number): readonly ShiftAlarm[] {
    if (!Number.isFinite(shift)) return [];
    const alarms = [this.#warns(shift), this.#pages(shift)].filter((alarm) => alarm !== undefined);
    this.#shifts = [...this.#shifts, shift].slice(-(BASELINE_ROUNDS + EXCLUDED_ROUNDS));
    if (this.#usual === undefined && this.#shifts.length >= BASELINE_ROUNDS) this.#usual = momentsOf(this.#shifts);
    return alarms;
  }

  /** Somebody took the model for what it is now: all is learnt anew. */
  reset(): void {
    this.#shifts = [];
    this.#usual = undefined;
    this.#sum = 0;
    this.#since = 0;
    this.#persistent = 0;
    this.#raised = new Set();
  }

  #warns(shift: number): ShiftAlarm | undefined {
    if (this.#usual === undefined) return undefined;
    const { mean, deviation } = this.#usual;
    this.#sum = Math.max(0, this.#sum + (shift - mean) / deviation - CUSUM_SLACK);
    this.#since = this.#sum === 0 ? 0 : this.#since + 1;
    if (this.#sum < CUSUM_LIMIT) return undefined;
    const since = this.#since;
    return this.#raise({ kind: 'warned', before: mean, after: shift, since, strength: this.#sum / CUSUM_LIMIT });
  }

  #pages(shift: number): ShiftAlarm | undefined {
    // A window that is not full yet, of at least so many rounds that it could warn.
    const window = this.#shifts.slice(-(BASELINE_ROUNDS + EXCLUDED_ROUNDS), -EXCLUDED_ROUNDS);
    if (this.#usual === undefined || window.length < BASELINE_ROUNDS - EXCLUDED_ROUNDS) return undefined;
    const { mean, deviation } = momentsOf(window);
    const limit = Math.max(mean + PAGE_SIGMAS * deviation, mean + PAGE_RISE);
    this.#persistent = shift > limit ? this.#persistent + 1 : 0;
    if (this.#persistent < PERSISTENT_ROUNDS) return undefined;
    const strength = (shift - mean) / (limit - mean);
    return this.#raise({ kind: 'paged', before: mean, after: shift, since: this.#persistent, strength });
  }

  #raise(alarm: ShiftAlarm): ShiftAlarm | undefined {
    if (this.#raised.has(alarm.kind)) return undefined;
    this.#raised.add(alarm.kind);
    return alarm;
  }
}

function momentsOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.max(LEAST_DEVIATION, Math.sqrt(squares / (values.length - 1))) };
}
