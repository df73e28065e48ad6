import { randomBytes } from 'node:crypto';
import {
  ALERTS_KEY,
  type AlertEvidence,
  type AlertRecord,
  type AuditRecord,
  type Fault,
  type RecordedBy,
  type Recorder,
} from '@sallyport/core';
import type { AlertCause } from '@sallyport/monitor';
import { RecordRate } from '../record-rate.ts';
import { type Alert, AlertBook, type AlertState } from './alert-book.ts';

const HOUR_SECONDS = 3_600;
/** Alerts that one page lists. */
export const ALERTS_LISTED_MAX = 200;

export interface AlertOfficeParts {
  readonly recorder: Recorder;
  readonly maxPerHour: number;
  readonly clock: {
    /** Milliseconds of a clock that only goes forward, and since 1970. */
    readonly nowMs: () => number;
    readonly dateMs: () => number;
  };
  /** Told of each step, once it is recorded. */
  readonly onStep: (step: AlertRecord, alert: Alert) => void;
}

export interface AlertQuery {
  readonly state?: AlertState | undefined;
  /** Whose; default: all. What belongs to no tenant is shown to whoever sees all. */
  readonly tenant?: string | undefined;
  /** Id of the last alert of the page before. */
  readonly before?: string | undefined;
  /** 1..200, default 50. */
  readonly limit?: number | undefined;
}

export interface AlertPage {
  readonly alerts: readonly Alert[];
  /** Where the next page begins; absent on the last one. */
  readonly before?: string;
}

/** What an operator does about an alert. */
export interface AlertSettling {
  readonly step: 'acknowledged' | 'resolved';
  readonly by: RecordedBy;
  readonly reason: string;
  /** Whose alerts they see; default: all. */
  readonly tenant?: string | undefined;
}

/** Raises alerts and takes what operators say of them. How they stand is what the log says; each step is recorded before it counts. */
export class AlertOffice {
  readonly #parts: AlertOfficeParts;
  readonly #book = new AlertBook();
  readonly #rate: RecordRate;
  /** Steps of one alert come one after the other: each sees what came of the one before. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Times that alerts came about since they were recorded last, by id. */
  readonly #again = new Map<string, number>();
  #suppressed = 0;

  constructor(parts: AlertOfficeParts) {
    this.#parts = parts;
    const { maxPerHour, clock } = parts;
    this.#rate = new RecordRate({ burst: maxPerHour, perSecond: maxPerHour / HOUR_SECONDS }, clock.nowMs);
  }

  /** Takes up what the log says, at a start. @param records those under `ALERTS_KEY`, in the log's order */
  learn(records: Iterable<{ readonly record: AuditRecord }>): void {
    for (const { record } of records) if (record.kind === 'alert') this.#book.take(record);
  }

  /** Alerts that were counted and not recorded, since the start. */
  get suppressed(): number {
    return this.#suppressed;
  }

  count(state: AlertState): number {
    return this.#book.all.reduce((sum, alert) => sum + (alert.state === state ? 1 : 0), 0);
  }

  /** The newest first. */
  list({ state, tenant, before, limit = 50 }: AlertQuery): AlertPage {
    const all = this.#book.all.filter((alert) => isOf(alert, tenant) && (state === undefined || alert.state === state));
    const at = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1;
    // What a page went on from is gone: there is nothing certain behind it.
    if (before !== undefined && at === 0) return { alerts: [] };
    const most = Math.min(Math.max(1, Math.trunc(limit)), ALERTS_LISTED_MAX);
    const alerts = all.slice(at, at + most);
    const last = alerts.at(-1);
    return { alerts, ...(last !== undefined && at + most < all.length && { before: last.id }) };
  }

  get(id: string, tenant?: string): Alert | undefined {
    const alert = this.#book.get(id);
    return alert !== undefined && isOf(alert, tenant) ? alert : undefined;
  }

  /**
   * Raises an alert, or tells one again; within its time, and beyond the rate, it is only counted.
   * @returns the alert where there is news of it
   * @throws {SallyportError} `RECORD_FAILED`
   */
  raise(cause: AlertCause): Promise<Alert | undefined> {
    return this.#inTurn(() => this.#raise(cause));
  }

  /**
   * @returns the alert as it is now; `NOT_FOUND`, or `ALERT_SETTLED` where that was said already
   * @throws {SallyportError} `RECORD_FAILED`, and it stays as it was
   */
  settle(id: string, settling: AlertSettling): Promise<Alert | Fault> {
    return this.#inTurn(async () => {
      const { step, by, reason, tenant } = settling;
      const known = this.get(id, tenant);
      if (known === undefined) return { fault: 'NOT_FOUND' };
      if (known.state === 'resolved' || known.state === step) return { fault: 'ALERT_SETTLED' };
      return this.#record(known, { step, by, ...(reason !== '' && { reason }) });
    });
  }

  async #raise({ rule, about, ...seen }: AlertCause): Promise<Alert | undefined> {
    const nowMs = this.#parts.clock.dateMs();
    const known = this.#book.live(rule.name, about);
    const times = 1 + (known === undefined ? 0 : (this.#again.get(known.id) ?? 0));
    if (known !== undefined && nowMs - Date.parse(known.lastAt) < rule.dedupeMs) {
      this.#again.set(known.id, times);
      return undefined;
    }
    const taken = this.#rate.take();
    if (taken === undefined) {
      this.#suppressed += 1;
      return undefined;
    }
    const step = {
      step: known === undefined ? 'raised' : 'repeated',
      evidence: evidenceOf(seen),
      times,
      ...(taken.suppressed > 0 && { suppressed: taken.suppressed }),
    } as const;
    if (known !== undefined) {
      const repeated = await this.#record(known, step);
      this.#again.delete(known.id);
      return repeated;
    }
    const old = this.#book.inTheWay;
    if (old !== undefined) await this.#record(old, { step: 'resolved' });
    const id = `alr_${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, '0')}`;
    return this.#record({ id, rule: rule.name, severity: rule.severity, about }, step);
  }

  async #record(
    { id, rule, severity, about }: Pick<Alert, 'id' | 'rule' | 'severity' | 'about'>,
    said: Pick<AlertRecord, 'step' | 'evidence' | 'times' | 'suppressed' | 'by' | 'reason'>,
  ): Promise<Alert> {
    const at = new Date(this.#parts.clock.dateMs()).toISOString();
    const base = { v: 1, kind: 'alert', exchange: ALERTS_KEY, at } as const;
    const record: AlertRecord = { ...base, alert: id, rule, severity, about, ...said };
    await this.#parts.recorder.append(record);
    const alert = this.#book.take(record) as Alert;
    if (alert.state === 'resolved') this.#again.delete(id);
    this.#parts.onStep(record, alert);
    return alert;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function isOf({ about }: Alert, tenant: string | undefined): boolean {
  return tenant === undefined || about.tenant === tenant;
}

function evidenceOf({ exchanges, more, value, bound }: Omit<AlertCause, 'rule' | 'about'>): AlertEvidence {
  return {
    exchanges,
    ...(more > 0 && { more }),
    ...(value !== undefined && { value }),
    ...(bound !== undefined && { bound }),
  };
}
