import {
  type ApprovalDoor,
  type AuditRecord,
  type Fault,
  IDENTITY_KEY,
  IDENTITY_STATES,
  type IdentityRecord,
  type IdentityState,
  type IdentityStep,
  knownError,
  type Recorder,
  recordedName,
  type SallyportError,
} from '@sallyport/core';
import { type IdentitySighting, type IdentitySign, readIdentity } from '@sallyport/monitor';
import { RecordQueue } from '../record-queue.ts';
import { RecordRate } from '../record-rate.ts';
import { type ShownIdentity, type Standing, StandingIdentity } from './standing-identity.ts';

/** Models of providers that are followed at a time: clients choose names of models. */
export const IDENTITIES_MAX = 500;
/** A warning to which nothing is added for so long is over, milliseconds. */
export const WARNED_MS = 24 * 3_600_000;
const DAY_MS = 86_400_000;
/** How often it is looked at whether one is over, milliseconds. */
export const IDENTITY_ROUND_MS = 600_000;
/** Steps that are recorded at once, and per second afterwards; what is left out is recorded at the next round. */
export const STEPS_BURST = 50;
export const STEPS_PER_SECOND = 0.5;
/** Steps that are shown of one model, the newest. */
export const TIMELINE_MAX = 100;

export interface LedgerParts {
  /** Whether anything is followed; without it nothing is known of any model. */
  readonly enabled: boolean;
  readonly recorder: Recorder;
  /** How long the log keeps records, days; without it as long as there is room. What stands is said again before it would be let go. */
  readonly keptDays?: number | undefined;
  /** What the log holds of identities, oldest first. */
  readonly timeline: () => Iterable<{ readonly record: AuditRecord }>;
  readonly clock: {
    readonly nowMs: () => number;
    readonly dateMs: () => number;
    readonly after: (ms: number, run: () => void) => () => void;
  };
  readonly defer: (run: () => void) => void;
  readonly report: (error: SallyportError) => void;
  /** Told of each model that was approved. */
  readonly onApproved?: (name: IdentityName) => void;
}

/** What an operator says of a model. */
export interface IdentityVerdict {
  readonly by: string;
  readonly via: ApprovalDoor;
  readonly reason: string;
}

export interface IdentityName {
  readonly provider: string;
  readonly model: string;
}

/** Whether the models of providers are still those that were approved. All of it stands in the log: what the ledger knows at a start, it reads there. */
export class IdentityLedger {
  readonly #parts: LedgerParts;
  readonly #known = new Map<string, StandingIdentity>();
  readonly #queue: RecordQueue;
  readonly #rate: RecordRate;
  readonly #restatedMs: number;
  #callOff: (() => void) | undefined;
  #failed = 0;
  #isClosed = false;

  /** @throws {SallyportError} `STORE_BROKEN` where the log cannot be read: what changed must not count as unknown */
  constructor(parts: LedgerParts) {
    this.#parts = parts;
    const { clock, defer, enabled, keptDays = Number.POSITIVE_INFINITY } = parts;
    this.#restatedMs = (keptDays * DAY_MS) / 2;
    this.#queue = new RecordQueue({ take: (record) => this.#take(record, false), defer });
    this.#rate = new RecordRate({ burst: STEPS_BURST, perSecond: STEPS_PER_SECOND }, clock.nowMs);
    if (!enabled) return;
    for (const record of this.#records()) {
      this.#known.set(keyOf(record), StandingIdentity.of(record));
      if (this.#known.size > IDENTITIES_MAX) this.#makeRoom();
    }
    this.#schedule();
  }

  /** Takes what was recorded lately for usual, and says nothing of it. */
  learn(records: Iterable<{ readonly record: AuditRecord }>): void {
    if (!this.#parts.enabled) return;
    try {
      for (const { record } of records) this.#take(record, true);
    } catch (error) {
      this.#parts.report(knownError(error));
    }
  }

  /** A record is durable. Returns at once; never throws. */
  observe(record: AuditRecord): void {
    if (record.kind === 'closed' && this.#parts.enabled && !this.#isClosed) this.#queue.push(record);
  }

  /** Something that is no exchange speaks against a model. */
  suspect(name: IdentityName, signs: readonly IdentitySign[]): void {
    if (!this.#parts.enabled || this.#isClosed) return;
    const known = this.#followed(name, this.#iso());
    if (known === undefined) return;
    const before = known.state;
    this.#record(known, known.suspect(signs, this.#parts.clock.dateMs()), before);
  }

  /**
   * The server of a model says what the model's files are.
   * @param approved what they are to be; without it the first that is said is learnt
   */
  digest(name: IdentityName, said: string, approved: string | undefined): void {
    if (!this.#parts.enabled || this.#isClosed) return;
    const known = this.#followed(name, this.#iso());
    if (known === undefined) return;
    const before = known.state;
    const isFirst = known.standing().reference.digests.length === 0;
    if (known.digest(said, approved, this.#parts.clock.dateMs())) this.#record(known, 'changed', before);
    // What was learnt of it has to outlive a restart; of a model that is still being learnt, that is recorded when it is.
    else if (isFirst && !known.isLearning) this.#record(known, 'learned', before);
  }

  /** What policies read. Cost: below a microsecond. */
  stateOf(provider: string, model: string): IdentityState | undefined {
    return this.#known.get(keyOf({ provider, model: recordedName(model) }))?.state;
  }

  /** When the model was approved last, RFC 3339. */
  approvedAt(name: IdentityName): string | undefined {
    return this.#known.get(keyOf(name))?.standing().approvedAt;
  }

  /** Those that changed come first, then those that were warned of. */
  list(): readonly ShownIdentity[] {
    const rank = ({ state }: ShownIdentity) => IDENTITY_STATES.indexOf(state);
    return Array.from(this.#known.values(), (each) => each.shown()).sort(
      (a, b) => rank(b) - rank(a) || compare(a.provider, b.provider) || compare(a.model, b.model),
    );
  }

  /** One model, with its newest steps, oldest first; or `NOT_FOUND`. */
  show(name: IdentityName): { readonly identity: ShownIdentity; readonly timeline: readonly IdentityRecord[] } | Fault {
    const known = this.#known.get(keyOf(name));
    if (known === undefined) return { fault: 'NOT_FOUND' };
    const timeline = this.#records().filter((record) => keyOf(record) === keyOf(name) && record.step !== 'restated');
    return { identity: known.shown(), timeline: timeline.slice(-TIMELINE_MAX) };
  }

  /**
   * An operator takes the model for what it is now, under all names by which it went so far.
   * @returns how it stands then, or `NOT_FOUND`
   * @throws {SallyportError} `RECORD_FAILED`, and nothing is approved
   */
  async approve(name: IdentityName, { by, via, reason }: IdentityVerdict): Promise<ShownIdentity | Fault> {
    const known = this.#known.get(keyOf(name));
    if (known === undefined) return { fault: 'NOT_FOUND' };
    const at = this.#iso();
    const said = known.standing();
    const approved = { ...said, state: 'approved', since: at, reasons: [], approvedBy: by, approvedAt: at } as const;
    await this.#append('approved', said.state, { ...approved, by: { id: by, via }, reason });
    known.approve(said, { by, at });
    known.missed = undefined;
    known.recordedMs = this.#parts.clock.dateMs();
    this.#parts.onApproved?.(name);
    return known.shown();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff?.();
  }

  #records(): readonly IdentityRecord[] {
    const records: IdentityRecord[] = [];
    for (const { record } of this.#parts.timeline()) if (record.kind === 'identity') records.push(record);
    return records;
  }

  #take(record: AuditRecord, isPast: boolean): void {
    if (this.#isClosed) return;
    try {
      const sighting = readIdentity(record);
      if (sighting !== undefined) this.#see(sighting, isPast);
    } catch (error) {
      // It must be seen that nobody watches, and that must not take the gateway with it.
      if (this.#failed === 0) this.#parts.report(knownError(error));
      this.#failed += 1;
    }
  }

  /** The model, followed from now on; nothing where there is no room for it. */
  #followed({ provider, model }: IdentityName, since: string): StandingIdentity | undefined {
    const key = keyOf({ provider, model });
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= IDENTITIES_MAX && !this.#makeRoom()) return undefined;
    const fresh = new StandingIdentity(provider, model, since);
    this.#known.set(key, fresh);
    return fresh;
  }

  #see(sighting: IdentitySighting, isPast: boolean): void {
    const known = this.#followed(sighting, new Date(sighting.atMs).toISOString());
    if (known === undefined) return;
    const before = known.state;
    const step = known.take(sighting, isPast);
    if (step !== undefined) this.#record(known, step, before);
  }

  /** Of those that nobody approved and nothing speaks against, the one that answered least lately goes. */
  #makeRoom(): boolean {
    let oldest: readonly [key: string, lastMs: number] | undefined;
    for (const [key, { state, lastMs }] of this.#known) {
      if (state === 'watching' && (oldest === undefined || lastMs < oldest[1])) oldest = [key, lastMs];
    }
    return oldest !== undefined && this.#known.delete(oldest[0]);
  }

  #schedule(): void {
    this.#callOff = this.#parts.clock.after(IDENTITY_ROUND_MS, () => {
      this.#round();
      this.#schedule();
    });
  }

  #round(): void {
    const nowMs = this.#parts.clock.dateMs();
    for (const known of this.#known.values()) {
      const { state, lastSignMs, recordedMs, missed } = known;
      if (state === 'warned' && nowMs - lastSignMs >= WARNED_MS) {
        known.calm(this.#iso());
        this.#record(known, 'settled', state);
      } else if (missed !== undefined) {
        this.#record(known, missed.step, missed.before);
      } else if (!known.isLearning && nowMs - (recordedMs ?? Number.NEGATIVE_INFINITY) >= this.#restatedMs) {
        this.#record(known, 'restated', state);
      }
    }
  }

  #record(known: StandingIdentity, step: IdentityStep, before: IdentityState): void {
    known.recordedMs = undefined;
    const miss = () => {
      // Whatever else comes about, that it changed is what has to be told.
      if (known.missed?.step !== 'changed') known.missed = { step, before };
    };
    // What changes for the first time waits for no rate: there are as many of those as models, and as approvals.
    const isChange = step === 'changed' && before !== 'changed';
    if (this.#rate.take() === undefined && !isChange) {
      miss();
      return;
    }
    known.recordedMs = this.#parts.clock.dateMs();
    known.missed = undefined;
    this.#append(step, before, known.standing()).catch((error: unknown) => {
      known.recordedMs = undefined;
      miss();
      this.#parts.report(knownError(error));
    });
  }

  #append(
    step: IdentityStep,
    before: IdentityState,
    said: Standing & Pick<IdentityRecord, 'by' | 'reason'>,
  ): Promise<void> {
    const head = { v: 1, kind: 'identity', exchange: IDENTITY_KEY, at: this.#iso() } as const;
    return this.#parts.recorder.append({ ...head, step, before, ...said });
  }

  #iso(): string {
    return new Date(this.#parts.clock.dateMs()).toISOString();
  }
}

function keyOf({ provider, model }: IdentityName): string {
  return `${provider}\n${model}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
