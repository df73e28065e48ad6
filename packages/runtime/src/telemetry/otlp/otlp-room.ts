import type { Tracing } from '@sallyport/core';
import { ocsfEvents } from '@sallyport/record';
import type { LogCursor } from '@sallyport/stores';
import type { OtlpConfig, OtlpSignal } from '../../config/index.ts';
import { LogFollower, type LogFollowerParts } from '../log-follower.ts';
import { SinkQueue, type SinkStatus } from '../sink-queue.ts';
import { randomIds } from '../tracing/random-ids.ts';
import { Tracer } from '../tracing/tracer.ts';
import { within } from '../within.ts';
import { MetricRounds, type ReadMetrics } from './metric-rounds.ts';
import { OtlpLine } from './otlp-line.ts';
import { writeLog } from './otlp-log.ts';
import { otlpRequests, type SignalForm, type Teller } from './otlp-request.ts';
import { OtlpSink } from './otlp-sink.ts';

/** For how long spans and records gather before they go, milliseconds: together they are one request. */
const GATHER_MS = 1_000;

export interface OtlpParts {
  readonly otlp: OtlpConfig;
  /** Which gateway it is. */
  readonly about: Omit<Teller, 'service'>;
  /** Which vendor a provider of the configuration is. */
  readonly kindOf: (provider: string) => string | undefined;
  readonly clock: {
    readonly nowMs: () => number;
    readonly dateMs: () => number;
    readonly after: (ms: number, run: () => void) => () => void;
  };
  /** The log, and how far it was told. */
  readonly log: {
    readonly reader: LogFollowerParts['log'];
    readonly cursor: (name: string, onBroken: (error: unknown) => number) => LogCursor;
  };
  readonly defer: (run: () => void) => void;
  /** Told of the first failure of an outage, by the name of the sink. */
  readonly onFailed: (sink: string, error: unknown) => void;
}

interface SignalWay extends SignalForm {
  readonly path: string;
  readonly rejected: string;
}

const WAYS: Readonly<Record<OtlpSignal, SignalWay>> = {
  traces: {
    path: '/v1/traces',
    resources: 'resourceSpans',
    scopes: 'scopeSpans',
    items: 'spans',
    rejected: 'rejectedSpans',
  },
  metrics: {
    path: '/v1/metrics',
    resources: 'resourceMetrics',
    scopes: 'scopeMetrics',
    items: 'metrics',
    rejected: 'rejectedDataPoints',
  },
  logs: {
    path: '/v1/logs',
    resources: 'resourceLogs',
    scopes: 'scopeLogs',
    items: 'logRecords',
    rejected: 'rejectedLogRecords',
  },
};

/** Names of the sinks, as their standing shows them. */
const [TRACES, METRICS, LOGS] = ['otlp-traces', 'otlp-metrics', 'otlp-logs'] as const;

/** What is told to one collector by OTLP: spans from a bounded queue, metrics anew each time, findings from the log. */
export class OtlpRoom {
  /** Absent where traces are not told. */
  readonly tracing: Tracing | undefined;
  readonly #parts: OtlpParts;
  readonly #line: OtlpLine;
  readonly #spans: SinkQueue | undefined;
  readonly #metrics: MetricRounds | undefined;
  readonly #logs: LogFollower | undefined;

  constructor(parts: OtlpParts) {
    this.#parts = parts;
    this.#line = new OtlpLine(parts.otlp);
    const { signals } = parts.otlp;
    if (signals.includes('metrics')) this.#metrics = this.#openMetrics();
    if (signals.includes('logs')) this.#logs = this.#openLogs();
    if (!signals.includes('traces')) return;
    const spans = this.#openSpans();
    this.#spans = spans;
    this.tracing = this.#openTracer(spans);
  }

  /** From where metrics are read, from now on. */
  tellMetrics(read: ReadMetrics): void {
    this.#metrics?.start(read);
  }

  /** A record is in the log. */
  noted(): void {
    this.#logs?.noted();
  }

  /** Tells a last time what is read from the log and the meter, while they are there. */
  async settle(withinMs: number): Promise<void> {
    const last = this.#metrics?.end() ?? Promise.resolve();
    await Promise.all([within(withinMs, last, this.#parts.clock.after), this.#logs?.close(withinMs)]);
  }

  status(): Readonly<Record<string, SinkStatus>> {
    const sinks = { [TRACES]: this.#spans, [METRICS]: this.#metrics, [LOGS]: this.#logs };
    return Object.fromEntries(
      Object.entries(sinks).flatMap(([name, sink]) => (sink === undefined ? [] : [[name, sink.status()]])),
    );
  }

  async close(withinMs: number): Promise<void> {
    await this.#spans?.close(withinMs);
    await this.#line.close();
  }

  #openMetrics(): MetricRounds {
    const { otlp, clock, onFailed } = this.#parts;
    return new MetricRounds({
      line: this.#line,
      path: WAYS.metrics.path,
      requestOf: this.#requestsOf('metrics'),
      everyMs: otlp.metricsEveryMs,
      after: clock.after,
      dateMs: clock.dateMs,
      onFailed: (error) => onFailed(METRICS, error),
    });
  }

  #openLogs(): LogFollower {
    const { otlp, clock, log, defer, onFailed } = this.#parts;
    return new LogFollower({
      log: log.reader,
      cursor: (onBroken) => log.cursor(LOGS, onBroken),
      linesOf: (record) => ocsfEvents(record, otlp).map((event) => writeLog(event, record)),
      sink: this.#sinkFor('logs'),
      maxBehind: otlp.maxBehindRecords,
      gatherMs: GATHER_MS,
      after: clock.after,
      defer,
      onFailed: (error) => onFailed(LOGS, error),
    });
  }

  #openSpans(): SinkQueue {
    const { otlp, clock, onFailed } = this.#parts;
    return new SinkQueue({
      sink: this.#sinkFor('traces'),
      maxItems: otlp.maxWaitingItems,
      maxBytes: otlp.maxWaitingBytes,
      gatherMs: GATHER_MS,
      after: clock.after,
      onFailed: (error) => onFailed(TRACES, error),
    });
  }

  #openTracer(spans: SinkQueue): Tracer {
    const { otlp, kindOf, clock } = this.#parts;
    const { sampleRatio, genAi } = otlp;
    const newId = randomIds();
    const { nowMs, dateMs } = clock;
    const push = (span: string) => spans.push(span);
    return new Tracer({ sampleRatio, genAi, kindOf, push, newId, random: Math.random, nowMs, dateMs });
  }

  #sinkFor(signal: OtlpSignal): OtlpSink {
    const { path, rejected } = WAYS[signal];
    return new OtlpSink({ line: this.#line, path, requestOf: this.#requestsOf(signal), rejected });
  }

  #requestsOf(signal: OtlpSignal): (items: readonly string[]) => string {
    const { otlp, about } = this.#parts;
    const { path: _path, rejected: _rejected, ...form } = WAYS[signal];
    const schemaUrl = signal === 'traces' && otlp.genAi !== 'off' ? `${SCHEMAS}/${otlp.genAi}.0` : undefined;
    return otlpRequests({ ...about, service: otlp.service }, { ...form, schemaUrl });
  }
}

/** What attributes mean, by release of the semantic conventions. */
const SCHEMAS = 'https://opentelemetry.io/schemas';
