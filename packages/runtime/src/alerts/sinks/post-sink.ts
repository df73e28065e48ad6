import { SallyportError } from '@sallyport/core';
import type { Sink } from '../../telemetry/sink-queue.ts';
import type { AlertMessage } from '../alert-message.ts';
import type { AlertPost, AlertWriter } from './alert-sink.ts';

export interface PostSinkParts {
  readonly write: AlertWriter;
  /** @returns the status; rejects when there is none */
  readonly post: (post: AlertPost) => Promise<number>;
  readonly close: () => Promise<void>;
  readonly dateMs: () => number;
  /** Told of a message that its receiver will never take. */
  readonly onRefused: (status: number) => void;
}

/** A receiver that takes one message a post. */
export class PostSink implements Sink {
  readonly #parts: PostSinkParts;
  /** Lines at the head of the queue that arrived already: when the batch comes again, they are not told twice. */
  readonly #arrived = new Set<string>();
  /** Those of them that were refused for good. */
  #refused = 0;

  constructor(parts: PostSinkParts) {
    this.#parts = parts;
  }

  async write(lines: readonly string[]): Promise<number> {
    const { write, post, dateMs, onRefused } = this.#parts;
    for (const line of lines) {
      if (this.#arrived.has(line)) continue;
      const status = await post(write(JSON.parse(line) as AlertMessage, dateMs()));
      if (status < 200 || status >= 300) {
        // What is refused for good must not keep what comes behind it.
        if (!isForGood(status)) throw new SallyportError('WEBHOOK_FAILED', { detail: `status ${status}` });
        onRefused(status);
        this.#refused += 1;
      }
      this.#arrived.add(line);
    }
    const refused = this.#refused;
    this.#refused = 0;
    this.#arrived.clear();
    return refused;
  }

  close(): Promise<void> {
    return this.#parts.close();
  }
}

/** It says that the message is wrong; not that it comes too soon, or that whoever sends it has to be let in first. */
function isForGood(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}
