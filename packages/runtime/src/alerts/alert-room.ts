import {
  ALERTS_KEY,
  type AlertRecord,
  type AuditRecord,
  isFault,
  knownError,
  type Recorder,
  SallyportError,
} from '@sallyport/core';
import { AlertBoard, type AlertCause } from '@sallyport/monitor';
import type { AlertsConfig } from '../config/index.ts';
import type { ContainmentOffice, NewContainment } from '../containment/containment-office.ts';
import { RecordQueue } from '../record-queue.ts';
import type { SinkStatus } from '../telemetry/sink-queue.ts';
import type { Alert } from './alert-book.ts';
import { alertMessage } from './alert-message.ts';
import { AlertOffice } from './alert-office.ts';
import { AlertSinks } from './open-alert-sinks.ts';

export interface AlertRoomParts {
  readonly alerts: AlertsConfig;
  readonly recorder: Recorder;
  readonly containments: Pick<ContainmentOffice, 'contain' | 'book'>;
  readonly clock: {
    readonly nowMs: () => number;
    readonly dateMs: () => number;
    readonly after: (ms: number, run: () => void) => () => void;
  };
  readonly defer: (run: () => void) => void;
  readonly report: (error: SallyportError) => void;
}

/** How alerts do. */
export interface AlertStatus {
  readonly open: number;
  readonly acknowledged: number;
  /** Since the start: alerts that were only counted, records that were not looked at, and on which a rule or a response failed. */
  readonly suppressed: number;
  readonly dropped: number;
  readonly failed: number;
  readonly sinks: Readonly<Record<string, SinkStatus>>;
}

/** Where records are held against the rules as they become durable. Nobody waits for it. */
export class AlertRoom {
  readonly office: AlertOffice;
  readonly #parts: AlertRoomParts;
  readonly #board: AlertBoard;
  readonly #sinks: AlertSinks;
  readonly #queue: RecordQueue;
  /** What is being recorded. */
  readonly #responding = new Set<string>();
  #failed = 0;
  #isClosed = false;

  constructor(parts: AlertRoomParts) {
    const { alerts, recorder, clock, defer, report } = parts;
    this.#parts = parts;
    this.#board = new AlertBoard(alerts.rules);
    this.#sinks = new AlertSinks(alerts.sinks, { ...clock, report });
    this.#queue = new RecordQueue({ take: (record) => this.#take(record), defer });
    const onStep = (step: AlertRecord, alert: Alert) => this.#sinks.tell(alertMessage(step, alert));
    this.office = new AlertOffice({ recorder, maxPerHour: alerts.maxPerHour, clock, onStep });
  }

  /** Takes what the last run recorded for known: names are new no more, and what was counted then still is. Nothing is raised. */
  learn(records: Iterable<{ readonly record: AuditRecord }>): void {
    try {
      for (const { record } of records) this.#board.take(record);
    } catch (error) {
      this.#parts.report(knownError(error));
    }
  }

  /** A record is durable. Returns at once; never throws. */
  observe(record: AuditRecord): void {
    if (this.#parts.alerts.rules.length > 0 && !this.#isClosed && record.exchange !== ALERTS_KEY)
      this.#queue.push(record);
  }

  status(): AlertStatus {
    const { office } = this;
    return {
      open: office.count('open'),
      acknowledged: office.count('acknowledged'),
      suppressed: office.suppressed,
      dropped: this.#queue.dropped,
      failed: this.#failed,
      sinks: this.#sinks.status(),
    };
  }

  /** Gives what waits for the sinks five seconds to arrive. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sinks.close();
  }

  #take(record: AuditRecord): void {
    if (this.#isClosed) return;
    try {
      for (const cause of this.#board.take(record)) {
        this.#raise(cause).catch((error: unknown) => this.#fail(error));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #raise(cause: AlertCause): Promise<void> {
    const alert = await this.office.raise(cause);
    // Whoever floods the rate of alerts, or comes again while one is open, is answered all the same.
    const wanted = containmentOf(cause, alert?.id);
    if (wanted !== undefined) await this.#respond(wanted, cause.rule.name);
  }

  async #respond(wanted: NewContainment, rule: string): Promise<void> {
    const key = JSON.stringify([wanted.action, wanted.of]);
    if (this.#responding.has(key) || this.#isHeld(wanted)) return;
    this.#responding.add(key);
    try {
      const contained = await this.#parts.containments.contain(wanted);
      if (isFault(contained))
        throw new SallyportError(contained.fault, { detail: `response of alert rule \`${rule}\`` });
    } finally {
      this.#responding.delete(key);
    }
  }

  /** A rule that comes about again while its response is in force has had it. */
  #isHeld({ action, of }: NewContainment): boolean {
    return this.#parts.containments.book.has(action, of);
  }

  #fail(error: unknown): void {
    // Alerts that fail must be seen, and must not take the gateway with them.
    if (this.#failed === 0) this.#parts.report(knownError(error));
    this.#failed += 1;
  }
}

function containmentOf({ rule, about }: AlertCause, alert: string | undefined): NewContainment | undefined {
  const { respond, name: ruleName } = rule;
  const name = respond && about[respond.target];
  if (respond === undefined || name === undefined) return undefined;
  const { action, target: kind, forMs, perMinute } = respond;
  const { tenant } = about;
  return {
    action,
    of: { kind, name, ...(tenant !== undefined && { tenant }) },
    forMs,
    ...(perMinute !== undefined && { perMinute }),
    reason: `alert rule ${ruleName}`,
    ...(alert !== undefined && { alert }),
  };
}
