import type { SinkStatus } from '../sink-queue.ts';
import type { OtlpLine } from './otlp-line.ts';
import { type MetricFamily, otlpMetrics } from './otlp-metrics.ts';

export interface MetricRoundsParts {
  readonly line: Pick<OtlpLine, 'post'>;
  readonly path: string;
  readonly requestOf: (items: readonly string[]) => string;
  /** From the end of one round to the next, milliseconds. */
  readonly everyMs: number;
  readonly after: (ms: number, run: () => void) => () => void;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
  /** Told of the first failure after a success. */
  readonly onFailed: (error: unknown) => void;
}

/** Reads the metrics, as `/metrics` does. */
export type ReadMetrics = () => Promise<readonly MetricFamily[]>;

/**
 * Tells a collector the metrics now and then. Each round says all that was counted since the start, so that one that fails is made good
 * by the next, and nothing waits.
 */
export class MetricRounds {
  readonly #parts: MetricRoundsParts;
  readonly #sinceMs: number;
  #read: ReadMetrics | undefined;
  #cancel: () => void = () => undefined;
  #isFailing = false;
  #written = 0;
  #dropped = 0;
  #failedWrites = 0;

  constructor(parts: MetricRoundsParts) {
    this.#parts = parts;
    this.#sinceMs = parts.dateMs();
  }

  start(read: ReadMetrics): void {
    this.#read = read;
    this.#next();
  }

  /** Metrics count as events. */
  status(): SinkStatus {
    const [written, dropped, failedWrites] = [this.#written, this.#dropped, this.#failedWrites];
    return { waiting: 0, waitingBytes: 0, written, dropped, failedWrites };
  }

  /** Tells them a last time. */
  async end(): Promise<void> {
    this.#cancel();
    await this.#tell();
    this.#read = undefined;
  }

  #next(): void {
    const { after, everyMs } = this.#parts;
    this.#cancel = after(everyMs, () => {
      void this.#tell().then(() => {
        if (this.#read !== undefined) this.#next();
      });
    });
  }

  async #tell(): Promise<void> {
    const { line, path, requestOf, dateMs } = this.#parts;
    if (this.#read === undefined) return;
    try {
      const metrics = otlpMetrics(await this.#read(), { sinceMs: this.#sinceMs, atMs: dateMs() });
      const { isRefused } = await line.post(path, requestOf(metrics));
      if (isRefused) {
        this.#dropped += metrics.length;
        throw new Error('metrics were not taken');
      }
      this.#written += metrics.length;
      this.#isFailing = false;
    } catch (error) {
      this.#failedWrites += 1;
      if (!this.#isFailing) this.#parts.onFailed(error);
      this.#isFailing = true;
    }
  }
}
