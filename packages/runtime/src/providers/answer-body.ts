import type { Dispatcher } from 'undici';

/** Bytes that may wait for their reader before the connection is told to pause: one read, unless reads are small. */
export const BODY_WAITING_MAX_BYTES = 1_024;
/** Bytes of an answer that are read behind its last event, so that the connection can serve again. */
const DRAIN_MAX_BYTES = 16_384;

type Step = IteratorResult<Uint8Array, undefined>;

interface Reader {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The body of an answer between a connection and its one reader: chunks wait here, and when too many do, the connection
 * pauses. A reader that stops early lets the connection go: drained when little is left, cut otherwise.
 */
export class AnswerBody implements AsyncIterableIterator<Uint8Array> {
  private readonly controller: Dispatcher.DispatchController;
  private readonly chunks: Uint8Array[] = [];
  private waitingBytes = 0;
  private reader: Reader | undefined;
  private ended = false;
  private failure: unknown;
  private abandoned = false;
  private drainedBytes = 0;

  constructor(controller: Dispatcher.DispatchController) {
    this.controller = controller;
  }

  push(chunk: Uint8Array): void {
    if (this.abandoned) {
      this.drainedBytes += chunk.length;
      if (this.drainedBytes > DRAIN_MAX_BYTES) this.controller.abort(new Error('not read to its end'));
      return;
    }
    const { reader } = this;
    if (reader !== undefined) {
      this.reader = undefined;
      reader.resolve({ value: chunk, done: false });
      return;
    }
    this.chunks.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.waitingBytes >= BODY_WAITING_MAX_BYTES) this.controller.pause();
  }

  end(): void {
    this.ended = true;
    this.reader?.resolve(DONE);
    this.reader = undefined;
  }

  fail(error: unknown): void {
    this.failure = error;
    this.ended = true;
    this.reader?.reject(error);
    this.reader = undefined;
  }

  next(): Promise<Step> {
    // What was cut off is worth nothing: an error comes before the chunks that wait.
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const chunk = this.takeWaiting();
    if (chunk !== undefined) {
      this.waitingBytes -= chunk.length;
      if (this.controller.paused && this.waitingBytes < BODY_WAITING_MAX_BYTES) this.controller.resume();
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  /** All that waits, in one piece: a provider's small chunks that came together are read together. */
  private takeWaiting(): Uint8Array | undefined {
    if (this.chunks.length < 2) return this.chunks.shift();
    return Buffer.concat(this.chunks.splice(0));
  }

  return(): Promise<Step> {
    this.abandoned = true;
    this.chunks.length = 0;
    if (!this.ended && this.controller.paused) this.controller.resume();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const DONE: Step = { value: undefined, done: true };
