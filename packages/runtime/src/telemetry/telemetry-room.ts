import { type AuditRecord, knownError, type SallyportError, type Tracing } from '@sallyport/core';
import { ocsfEvents } from '@sallyport/record';
import type { TelemetryConfig } from '../config/index.ts';
import { RecordQueue } from '../record-queue.ts';
import type { ReadMetrics } from './otlp/metric-rounds.ts';
import { type OtlpParts, OtlpRoom } from './otlp/otlp-room.ts';
import { RotatedFile } from './rotated-file.ts';
import { type Sink, SinkQueue, type SinkStatus } from './sink-queue.ts';

/** Name of the file that is written. */
export const OCSF_FILE = 'findings.ocsf.jsonl';
/** What a gateway that stops waits for its sinks, milliseconds. */
const CLOSE_MS = 5_000;

export interface TelemetryParts {
  readonly telemetry: TelemetryConfig;
  /** In place of the file. */
  readonly sink?: Sink;
  readonly about: OtlpParts['about'];
  readonly kindOf: OtlpParts['kindOf'];
  readonly defer: (run: () => void) => void;
  readonly clock: OtlpParts['clock'];
  readonly log: OtlpParts['log'];
  readonly onFailed: OtlpParts['onFailed'];
  readonly report: (error: SallyportError) => void;
}

/** How the sinks do, by name. */
export type TelemetryStatus = Readonly<Record<string, SinkStatus>>;

/** From where records are told to other systems. Nobody waits for it: what a sink cannot take in time is dropped and counted. */
export class TelemetryRoom {
  readonly #queue: RecordQueue | undefined;
  readonly #sink: SinkQueue | undefined;
  readonly #otlp: OtlpRoom | undefined;
  readonly #report: (error: SallyportError) => void;
  readonly #activity: boolean;
  #failed = 0;

  constructor({ telemetry: { ocsf, otlp }, sink, defer, report, ...parts }: TelemetryParts) {
    const { clock } = parts;
    this.#report = report;
    this.#otlp = otlp && new OtlpRoom({ ...parts, otlp, defer });
    this.#activity = ocsf?.activity ?? false;
    if (ocsf === undefined) return;
    const { folder, maxFileBytes, maxFiles, maxWaitingEvents, maxWaitingBytes } = ocsf;
    this.#sink = new SinkQueue({
      sink: sink ?? new RotatedFile({ folder, name: OCSF_FILE, maxFileBytes, maxFiles }),
      maxItems: maxWaitingEvents,
      maxBytes: maxWaitingBytes,
      after: clock.after,
      onFailed: (error) => parts.onFailed('ocsf', error),
    });
    this.#queue = new RecordQueue({ take: (record) => this.#take(record), defer });
  }

  /** Makes spans of exchanges; absent where none are told. */
  get tracing(): Tracing | undefined {
    return this.#otlp?.tracing;
  }

  /** From where metrics are read to be told; nothing where none are. */
  tellMetrics(read: ReadMetrics): void {
    this.#otlp?.tellMetrics(read);
  }

  /** Tells a last time what is read from the log and the meter, while they are there; gives it five seconds. */
  async settle(): Promise<void> {
    await this.#otlp?.settle(CLOSE_MS);
  }

  /** A record is durable. Returns at once; never throws. */
  observe(record: AuditRecord): void {
    this.#queue?.push(record);
    this.#otlp?.noted();
  }

  /** Records that were left out before they became events count as dropped. */
  status(): TelemetryStatus {
    const ocsf = this.#sink?.status();
    const others = this.#otlp?.status() ?? {};
    if (ocsf === undefined) return others;
    return { ...others, ocsf: { ...ocsf, dropped: ocsf.dropped + (this.#queue?.dropped ?? 0) + this.#failed } };
  }

  /** Gives what waits five seconds to arrive. */
  async close(): Promise<void> {
    this.#queue?.drain();
    await Promise.all([this.#sink?.close(CLOSE_MS), this.#otlp?.close(CLOSE_MS)]);
  }

  #take(record: AuditRecord): void {
    try {
      for (const event of ocsfEvents(record, { activity: this.#activity })) this.#sink?.push(JSON.stringify(event));
    } catch (error) {
      // What cannot be told must be seen, and must not take the gateway with it.
      if (this.#failed === 0) this.#report(knownError(error));
      this.#failed += 1;
    }
  }
}
