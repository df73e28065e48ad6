import { randomBytes } from 'node:crypto';
import type { Tracing } from '@sallyport/core';
import { ocsfEvents } from '@sallyport/record';
import type { LogCursor } from '@sallyport/stores';
import type { OtlpConfig, OtlpSignal } from '../../config/index.ts';
import { LogFollower, type LogFollowerParts } from '../log-follower.ts';
import { SinkQueue, type SinkStatus } from '../sink-queue.ts';
import { Tracer } from '../tracing/tracer.ts';
import { within } from '../within.ts';
import { MetricRounds, type ReadMetrics } from './metric-rounds.ts';
import { OtlpLine } from './otlp-line.ts';
import { writeLog } from './otlp-log.ts';
import { otlpRequests, type SignalForm, type Teller } from './otlp-request.ts';
import { OtlpSink } from './otlp-sink.ts';

/** For how long spans gather before they go, milliseconds: together they are one request. */
export const GATHER_MS = 1_000;

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
    readonly cursor: (name: string) => LogCursor;
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

const METRICS = 'otlp-metrics';
const LOGS = 'otlp-logs';

/** What is told to one collector by OTLP: each signal behind a queue of its own. */
export class OtlpRoom {
  /** Absent where traces are not told. */
  readonly tracing: Tracing | undefined;
  readonly #parts: OtlpParts;
  readonly #line: OtlpLine;
  readonly #queues = new Map<string, SinkQueue>();
  readonly #metrics: MetricRounds | undefined;
  readonly #logs: LogFollower | undefined;

  constructor(parts: OtlpParts) {
    this.#parts = parts;
    this.#line = new OtlpLine(parts.otlp);
    const { signals, sampleRatio, genAi } = parts.otlp;
    if (signals.includes('metrics')) this.#metrics = this.#openMetrics();
    if (signals.includes('logs')) this.#logs = this.#openLogs();
    if (!signals.includes('traces')) return;
    const spans = this.#open('traces', `https://opentelemetry.io/schemas/${genAi === 'off' ? '1.41' : genAi}.0`);
    this.tracing = new Tracer({
      sampleRatio,
      genAi,
      kindOf: parts.kindOf,
      push: (span) => spans.push(span),
      newId: (bytes) => randomBytes(bytes).toString('hex'),
      random: Math.random,
      nowMs: parts.clock.nowMs,
      dateMs: parts.clock.dateMs,
    });
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
    const queues = Object.fromEntries(Array.from(this.#queues, ([name, queue]) => [name, queue.status()]));
    return {
      ...queues,
      ...(this.#metrics !== undefined && { [METRICS]: this.#metrics.status() }),
      ...(this.#logs !== undefined && { [LOGS]: this.#logs.status() }),
    };
  }

  async close(withinMs: number): Promise<void> {
    await Promise.all(Array.from(this.#queues.values(), (queue) => queue.close(withinMs)));
    await this.#line.close();
  }

  #openMetrics(): MetricRounds {
    const { otlp, about, clock, onFailed } = this.#parts;
    const { path, rejected: _rejected, ...form } = WAYS.metrics;
    return new MetricRounds({
      line: this.#line,
      path,
      requestOf: otlpRequests({ ...about, service: otlp.service }, form),
      everyMs: otlp.metricsEveryMs,
      after: clock.after,
      dateMs: clock.dateMs,
      onFailed: (error) => onFailed(METRICS, error),
    });
  }

  #openLogs(): LogFollower {
    const { otlp, about, clock, log, defer, onFailed } = this.#parts;
    const { path, rejected, ...form } = WAYS.logs;
    const requestOf = otlpRequests({ ...about, service: otlp.service }, form);
    return new LogFollower({
      log: log.reader,
      cursor: () => log.cursor(LOGS),
      linesOf: (record) => ocsfEvents(record, otlp).map((event) => writeLog(event, record)),
      sink: new OtlpSink({ line: this.#line, path, requestOf, rejected }),
      maxBehind: otlp.maxBehindRecords,
      gatherMs: GATHER_MS,
      after: clock.after,
      defer,
      onFailed: (error) => onFailed(LOGS, error),
    });
  }

  #open(signal: OtlpSignal, schemaUrl: string): SinkQueue {
    const { otlp, about, clock, onFailed } = this.#parts;
    const { path, rejected, ...form } = WAYS[signal];
    const name = `otlp-${signal}`;
    const requestOf = otlpRequests({ ...about, service: otlp.service }, { ...form, schemaUrl });
    const queue = new SinkQueue({
      sink: new OtlpSink({ line: this.#line, path, requestOf, rejected }),
      maxItems: otlp.maxWaitingItems,
      maxBytes: otlp.maxWaitingBytes,
      gatherMs: GATHER_MS,
      after: clock.after,
      onFailed: (error) => onFailed(name, error),
    });
    this.#queues.set(name, queue);
    return queue;
  }
}
