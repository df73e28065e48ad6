import { randomBytes } from 'node:crypto';
import {
  type AuditRecord,
  CONTAINMENTS_KEY,
  type Contained,
  type Containment,
  type ContainmentAction,
  type ContainmentRecord,
  type Fault,
  type House,
  knownError,
  NO_NAME,
  type RecordedBy,
  type Recorder,
  type SallyportError,
} from '@sallyport/core';
import type { BookClock } from './containment-book.ts';
import { ContainmentBook } from './containment-book.ts';

/** Containments in force at a time. */
export const CONTAINMENTS_MAX = 1_000;
/** Of them, those that rules leave to operators: whoever brings rules about must not keep operators from holding anybody back. */
export const CONTAINMENTS_RESERVED = 100;
/** For how long something is held back, milliseconds: 1 minute to 30 days. */
export const CONTAINED_MIN_MS = 60_000;
export const CONTAINED_MAX_MS = 30 * 86_400_000;
/** Exchanges and calls a minute that a throttle lets through. */
export const PER_MINUTE_MAX = 10_000;
/** Timers of Node.js end at 2^31 ms; nobody need look as seldom. */
const LOOK_AGAIN_MS = 86_400_000;

export interface ContainmentParts {
  readonly recorder: Recorder;
  /** For how long at most, milliseconds: what leaves the log before its time would be forgotten by a restart. */
  readonly maxForMs: number;
  readonly clock: BookClock & { readonly after: House['clock']['after'] };
  readonly report: (error: SallyportError) => void;
}

/** What is to be held back. */
export interface NewContainment {
  readonly action: ContainmentAction;
  readonly of: Contained;
  readonly forMs: number;
  /** Needed for `throttle`, and only there. */
  readonly perMinute?: number;
  readonly reason: string;
  readonly alert?: string;
}

/** Holds somebody or something back for a time, and lets it go again. What is in force is what the log says; each step is recorded before it counts. */
export class ContainmentOffice {
  readonly book: ContainmentBook;
  readonly #parts: ContainmentParts;
  readonly #ending = new Set<string>();
  /** Of those that are being recorded. */
  #beginning = 0;
  #callOff: (() => void) | undefined;

  constructor(parts: ContainmentParts) {
    this.#parts = parts;
    this.book = new ContainmentBook(parts.clock);
  }

  /** Takes up what the log says is in force, at a start. @param records those under `CONTAINMENTS_KEY`, in the log's order */
  learn(records: Iterable<{ readonly record: AuditRecord }>): void {
    for (const { record } of records) {
      if (record.kind !== 'containment') continue;
      if (record.step === 'begun') this.book.put(record.containment);
      else this.book.remove(record.containment.id);
    }
    this.#sweep();
  }

  /** Those in force, the newest first. */
  list(): readonly Containment[] {
    const nowMs = this.#parts.clock.dateMs();
    return this.book.all.filter(({ until }) => Date.parse(until) > nowMs).reverse();
  }

  /**
   * @param by absent where a rule asks for it, whose time is then cut to the longest there is
   * @returns what is in force now, or `BODY_SHAPE` for what is none, `OVERLOADED` where too many are in force
   * @throws {SallyportError} `RECORD_FAILED`, and nothing is held back
   */
  async contain(wanted: NewContainment, by?: RecordedBy): Promise<Containment | Fault> {
    const { maxForMs } = this.#parts;
    const wrong = by !== undefined && wanted.forMs > maxForMs ? '/forMs' : problemOf(wanted);
    if (wrong !== undefined) return { fault: 'BODY_SHAPE', at: wrong };
    const max = by === undefined ? CONTAINMENTS_MAX - CONTAINMENTS_RESERVED : CONTAINMENTS_MAX;
    if (this.book.size + this.#beginning >= max) return { fault: 'OVERLOADED' };
    const { forMs: wantedMs, ...said } = wanted;
    const forMs = Math.min(wantedMs, maxForMs);
    const nowMs = this.#parts.clock.dateMs();
    const [from, until] = [nowMs, nowMs + forMs].map((ms) => new Date(ms).toISOString()) as [string, string];
    const id = `iso_${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, '0')}`;
    const containment: Containment = { id, ...said, from, until };
    this.#beginning += 1;
    try {
      await this.#record('begun', containment, by && { by });
    } finally {
      this.#beginning -= 1;
    }
    this.book.put(containment);
    this.#arm();
    return containment;
  }

  /**
   * @returns what is let go, or `NOT_FOUND` for what is not in force, or is being let go
   * @throws {SallyportError} `RECORD_FAILED`, and it stays in force
   */
  async release(id: string, reason: string, by: RecordedBy): Promise<Containment | Fault> {
    const known = this.book.get(id);
    if (known === undefined || this.#ending.has(id) || Date.parse(known.until) <= this.#parts.clock.dateMs()) {
      return { fault: 'NOT_FOUND' };
    }
    this.#ending.add(id);
    try {
      await this.#record('released', known, { by, reason });
      this.book.remove(id);
    } finally {
      this.#ending.delete(id);
      this.#sweep();
    }
    return known;
  }

  close(): void {
    this.#callOff?.();
  }

  /** Writes down those whose time has passed. */
  #sweep(): void {
    const nowMs = this.#parts.clock.dateMs();
    for (const containment of this.book.all) {
      if (Date.parse(containment.until) > nowMs || this.#ending.has(containment.id)) continue;
      this.book.remove(containment.id);
      this.#record('expired', containment).catch((error: unknown) => this.#parts.report(knownError(error)));
    }
    this.#arm();
  }

  /** Looks again when the next one expires. */
  #arm(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    const ends = this.book.all.filter(({ id }) => !this.#ending.has(id)).map(({ until }) => Date.parse(until));
    if (ends.length === 0) return;
    const ms = Math.min(Math.max(1, Math.min(...ends) - this.#parts.clock.dateMs()), LOOK_AGAIN_MS);
    this.#callOff = this.#parts.clock.after(ms, () => this.#sweep());
  }

  #record(
    step: ContainmentRecord['step'],
    containment: Containment,
    said: Pick<ContainmentRecord, 'by' | 'reason'> = {},
  ): Promise<void> {
    const at = new Date(this.#parts.clock.dateMs()).toISOString();
    const base = { v: 1, kind: 'containment', exchange: CONTAINMENTS_KEY, at } as const;
    return this.#parts.recorder.append({ ...base, step, containment, ...said });
  }
}

/** Where it is none, as a JSON pointer. */
function problemOf({ action, of, forMs, perMinute }: NewContainment): string | undefined {
  if (!Number.isInteger(forMs) || forMs < CONTAINED_MIN_MS || forMs > CONTAINED_MAX_MS) return '/forMs';
  if ((action === 'throttle') !== (perMinute !== undefined)) return '/perMinute';
  if (perMinute !== undefined && !(Number.isInteger(perMinute) && perMinute >= 1 && perMinute <= PER_MINUTE_MAX)) {
    return '/perMinute';
  }
  if (of.kind === 'principal' && !PRINCIPAL.test(of.name)) return '/of/name';
  // A name that no record holds is nobody's.
  const isName = of.name.length >= 1 && of.name.length <= CONTAINED_NAME_MAX_CHARS && of.name !== NO_NAME;
  return isName ? undefined : '/of/name';
}

/** As long as what a token may call somebody, with a prefix. */
export const CONTAINED_NAME_MAX_CHARS = 512;
const PRINCIPAL = /^(?:user|service|agent)\/[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u;
