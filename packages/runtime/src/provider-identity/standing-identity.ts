import type { IdentityReason, IdentityRecord, IdentityReference, IdentityState, IdentityStep } from '@sallyport/core';
import { type IdentitySighting, type IdentitySign, IdentityWatch } from '@sallyport/monitor';

/** Reasons that are kept of one model: of more, the oldest go. */
export const IDENTITY_REASONS_MAX = 8;

/** How the identity of one provider's model stands, as operators see it. */
export interface ShownIdentity {
  readonly provider: string;
  readonly model: string;
  readonly state: IdentityState;
  readonly since: string;
  /** Whether its first answers are still being learnt. */
  readonly learning: boolean;
  readonly reasons: readonly IdentityReason[];
  /** What it called itself so far. */
  readonly reference: IdentityReference;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  /** Answers that were looked at since the start, and the newest of them. */
  readonly answers: number;
  readonly lastAt?: string;
}

/** What a record says of how it stands. */
export type Standing = Omit<IdentityRecord, 'v' | 'kind' | 'exchange' | 'at' | 'step' | 'before' | 'by' | 'reason'>;

interface Approval {
  readonly by: string;
  readonly at: string;
}

/** One provider's model: what is known of it, and what speaks against it being the same. */
export class StandingIdentity {
  readonly provider: string;
  readonly model: string;
  #watch: IdentityWatch;
  #state: IdentityState = 'watching';
  #since: string;
  #reasons: readonly IdentityReason[] = [];
  #approved: Approval | undefined;
  #answers = 0;
  #lastMs = 0;
  #lastSignMs = 0;
  /** Nothing where what stands was not recorded yet. */
  recordedMs: number | undefined;
  /** A step that the log has not. */
  missed: { readonly step: IdentityStep; readonly before: IdentityState } | undefined;

  constructor(provider: string, model: string, since: string) {
    this.provider = provider;
    this.model = model;
    this.#since = since;
    this.#watch = new IdentityWatch();
  }

  /** As the newest record of it says. */
  static of({ provider, model, at, ...said }: IdentityRecord): StandingIdentity {
    const standing = new StandingIdentity(provider, model, said.since);
    const { approvedBy: by, approvedAt } = said;
    standing.#watch = new IdentityWatch(said.reference);
    standing.#state = said.state;
    standing.#reasons = said.reasons;
    standing.#approved = by === undefined ? undefined : { by, at: approvedAt ?? at };
    standing.#lastSignMs = said.reasons.reduce((most, { from }) => Math.max(most, Date.parse(from)), 0);
    standing.recordedMs = Date.parse(at);
    return standing;
  }

  get state(): IdentityState {
    return this.#state;
  }

  get isLearning(): boolean {
    return this.#watch.isLearning;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  get lastSignMs(): number {
    return this.#lastSignMs;
  }

  /**
   * @param isPast it was recorded before the start: how answers came then is what is usual; a name that nobody spoke of is still a sign
   * @returns what came of it: a step to be recorded, or nothing
   */
  take(sighting: IdentitySighting, isPast: boolean): 'learned' | 'warned' | 'changed' | undefined {
    this.#answers += 1;
    this.#lastMs = Math.max(this.#lastMs, sighting.atMs);
    const wasLearning = this.#watch.isLearning;
    const all = this.#watch.take(sighting);
    const signs = isPast ? all.filter(({ name }) => name !== undefined) : all;
    if (wasLearning && !this.#watch.isLearning) return 'learned';
    return signs.length === 0 ? undefined : this.suspect(signs, sighting.atMs);
  }

  /** What is strong makes it another model until somebody approves it; what is weak makes nothing better. */
  suspect(signs: readonly IdentitySign[], atMs: number): 'warned' | 'changed' {
    const isStrong = signs.some(({ weight }) => weight === 'strong');
    const step = isStrong ? 'changed' : 'warned';
    if (this.#state !== 'changed' && this.#state !== step) {
      this.#state = step;
      this.#since = new Date(atMs).toISOString();
    }
    this.#lastSignMs = atMs;
    this.#reasons = [...this.#reasons, ...signs.map(reasonOf)].slice(-IDENTITY_REASONS_MAX);
    return step;
  }

  /** Its server says what its files are. @returns whether that makes it another model */
  digest(said: string, approved: string | undefined, atMs: number): boolean {
    const signs = this.#watch.digest(said, approved, atMs);
    if (signs.length > 0) this.suspect(signs, atMs);
    return signs.length > 0;
  }

  /** A warning to which nothing was added for long is none any more. */
  calm(at: string): void {
    this.#state = this.#approved === undefined ? 'watching' : 'approved';
    this.#since = at;
    this.#reasons = [];
  }

  /** An operator takes it for what it is now; what was added to `said` meanwhile still stands. */
  approve(said: Standing, approval: Approval): void {
    this.#watch.settle();
    this.#approved = approval;
    this.#reasons = this.#reasons.filter((reason) => !said.reasons.includes(reason));
    const [left] = this.#reasons;
    if (left !== undefined) return;
    this.#state = 'approved';
    this.#since = approval.at;
  }

  standing(): Standing {
    return {
      provider: this.provider,
      model: this.model,
      state: this.#state,
      since: this.#since,
      reasons: this.#reasons,
      reference: this.#watch.seen,
      ...(this.#approved && { approvedBy: this.#approved.by, approvedAt: this.#approved.at }),
    };
  }

  shown(): ShownIdentity {
    return {
      ...this.standing(),
      learning: this.#watch.isLearning,
      answers: this.#answers,
      ...(this.#lastMs > 0 && { lastAt: new Date(this.#lastMs).toISOString() }),
    };
  }
}

function reasonOf({ weight: _weight, fromMs, ...sign }: IdentitySign): IdentityReason {
  return { ...sign, from: new Date(fromMs).toISOString() };
}
