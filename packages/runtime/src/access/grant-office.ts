import { randomBytes } from 'node:crypto';
import {
  type AccessStore,
  type Fault,
  type Grant,
  type GrantRecord,
  type House,
  type RecordedBy,
  type Recorder,
  SallyportError,
  type StoredGrant,
} from '@sallyport/core';
import { grantProblem } from '../config/access.ts';

/** Timers of Node.js end at 2^31 ms; nobody need look as seldom. */
const LOOK_AGAIN_MS = 86_400_000;

export interface GrantOfficeParts {
  readonly store: AccessStore;
  readonly recorder: Recorder;
  readonly newId: () => string;
  readonly maxGrantDays: number;
  readonly clock: {
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
    readonly after: House['clock']['after'];
  };
  readonly report: (error: SallyportError) => void;
}

/** A grant as it is asked for. Without `from` it begins now. */
export type NewGrant = Omit<Grant, 'id' | 'from' | 'approvedBy'> & { readonly from?: string | undefined };

/** Gives access for a time, and takes it back. Each step is recorded before it counts. */
export class GrantOffice {
  readonly #parts: GrantOfficeParts;
  /** By id, those that are neither revoked nor known to have expired. */
  readonly #live: Map<string, StoredGrant>;
  /** By id, those that are being taken back. */
  readonly #ending = new Map<string, Promise<StoredGrant>>();
  #fixed: readonly Grant[] = [];
  #all: readonly Grant[] = [];
  #callOff: (() => void) | undefined;

  constructor(parts: GrantOfficeParts) {
    this.#parts = parts;
    this.#live = new Map(
      parts.store
        .grants()
        .filter(isOpen)
        .map((grant) => [grant.id, grant]),
    );
    this.#refresh();
    this.#sweep();
  }

  /** Those that stand in files, from now on. */
  fix(grants: readonly Grant[]): void {
    this.#fixed = grants;
    this.#refresh();
  }

  /** Those that are not revoked. Whether the time of one has come or passed is for who asks: expiry is exact. */
  get open(): readonly Grant[] {
    return this.#all;
  }

  /** Every grant that was ever given, the newest first; those that stand in files come before. */
  list(): readonly StoredGrant[] {
    return [...this.#fixed, ...this.#parts.store.grants()];
  }

  /**
   * Gives a grant. Who approves it is whoever asks here, and must be somebody else than whoever it was asked by.
   * @returns the grant, or `BODY_SHAPE` for one that is none and `ACCESS_DENIED` for one that is approved by who wanted it
   * @throws {SallyportError} `RECORD_FAILED`, and nothing is granted
   */
  async grant(wanted: NewGrant, by: RecordedBy): Promise<StoredGrant | Fault> {
    const from = wanted.from ?? new Date(this.#parts.clock.dateMs()).toISOString();
    const id = `grn_${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, '0')}`;
    const grant: StoredGrant = { ...wanted, id, from, approvedBy: by.id };
    const wrong = grantProblem(grant, this.#parts.maxGrantDays);
    if (wrong?.option === 'approvedBy' || wanted.who === `user/${by.id}`) return { fault: 'ACCESS_DENIED' };
    if (wrong !== undefined) return { fault: 'BODY_SHAPE', at: `/${wrong.option}` };
    if (Date.parse(grant.until) <= this.#parts.clock.dateMs()) return { fault: 'BODY_SHAPE', at: '/until' };
    await this.#record('granted', grant, { by });
    this.#parts.store.putGrant(grant);
    this.#live.set(id, grant);
    this.#refresh();
    this.#arm();
    return grant;
  }

  /**
   * Takes a grant back.
   * @returns the grant as it was, or `NOT_FOUND` for one that is not in force, or that somebody else has just taken back
   * @throws {SallyportError} `RECORD_FAILED`, and it stays in force: under `audit: strict` nobody uses it while the log takes no record
   */
  async revoke(id: string, reason: string, by: RecordedBy): Promise<StoredGrant | Fault> {
    const known = this.#live.get(id);
    if (known === undefined) return { fault: 'NOT_FOUND' };
    const earlier = this.#ending.get(id);
    if (earlier !== undefined) return earlier.then(() => ({ fault: 'NOT_FOUND' }));
    const ending = this.#end(known, reason, by).finally(() => {
      this.#ending.delete(id);
      this.#sweep();
    });
    this.#ending.set(id, ending);
    return ending;
  }

  close(): void {
    this.#callOff?.();
  }

  #refresh(): void {
    this.#all = [...this.#fixed, ...this.#live.values()];
  }

  async #end(known: StoredGrant, reason: string, by: RecordedBy): Promise<StoredGrant> {
    const revokedAt = new Date(this.#parts.clock.dateMs()).toISOString();
    const grant: StoredGrant = { ...known, revokedAt, revokedBy: by.id };
    await this.#record('revoked', grant, { by, reason });
    this.#parts.store.putGrant(grant);
    this.#live.delete(known.id);
    return grant;
  }

  /** Writes down those whose time has passed. One that is being taken back waits for what comes of that. */
  #sweep(): void {
    const nowMs = this.#parts.clock.dateMs();
    for (const grant of [...this.#live.values()]) {
      if (Date.parse(grant.until) > nowMs || this.#ending.has(grant.id)) continue;
      this.#live.delete(grant.id);
      this.#record('expired', grant, {})
        .then(() => this.#parts.store.putGrant({ ...grant, expired: true }))
        .catch((error: unknown) => this.#parts.report(failed(error)));
    }
    this.#refresh();
    this.#arm();
  }

  /** Looks again when the next one expires. */
  #arm(): void {
    this.#callOff?.();
    const waiting = [...this.#live.values()].filter(({ id }) => !this.#ending.has(id));
    const next = Math.min(...waiting.map(({ until }) => Date.parse(until)));
    if (!Number.isFinite(next)) return;
    const ms = Math.min(Math.max(1, next - this.#parts.clock.dateMs()), LOOK_AGAIN_MS);
    this.#callOff = this.#parts.clock.after(ms, () => this.#sweep());
  }

  #record(step: GrantRecord['step'], kept: StoredGrant, said: Pick<GrantRecord, 'by' | 'reason'>): Promise<void> {
    const { revokedAt: _at, revokedBy: _by, expired: _expired, ...grant } = kept;
    const at = new Date(this.#parts.clock.dateMs()).toISOString();
    return this.#parts.recorder.append({
      v: 1,
      kind: 'grant',
      exchange: this.#parts.newId(),
      at,
      step,
      grant,
      ...said,
    });
  }
}

function isOpen({ revokedAt, expired }: StoredGrant): boolean {
  return revokedAt === undefined && expired !== true;
}

function failed(error: unknown): SallyportError {
  return error instanceof SallyportError ? error : new SallyportError('RECORD_FAILED', { cause: error });
}
