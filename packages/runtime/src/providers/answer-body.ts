import type { Dispatcher } from 'undici';
import type { ReadingRoom } from './reading-room.ts';

/** Bytes of an answer that are read behind its last event, so that the connection can serve again. */
const DRAIN_MAX_BYTES = 16_384;

type Step = IteratorResult<Uint8Array, undefined>;

interface Reader {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The body of an answer between a connection and its one reader: chunks wait here, and when there are as many as half a
 * read brings, the connection pauses. A reader that stops early lets the connection go: drained when little is left, cut otherwise.
 */
export class AnswerBody implements AsyncIterableIterator<Uint8Array> {
  private readonly controller: Dispatcher.DispatchController;
  private readonly room: ReadingRoom;
  private chunks: Uint8Array[] = [];
  private waitingBytes = 0;
  /** Bytes that the reader has, until it asks for more. */
  private lentBytes = 0;
  private reader: Reader | undefined;
  /** Whether anyone reads it: whoever begins to, ends; an answer that nobody reads would be counted for ever. */
  private isRead = false;
  private ended = false;
  private failure: unknown;
  private abandoned = false;
  private drainedBytes = 0;

  constructor(controller: Dispatcher.DispatchController, room: ReadingRoom) {
    this.controller = controller;
    this.room = room;
  }

  push(chunk: Uint8Array): void {
    if (this.abandoned) {
      this.drainedBytes += chunk.length;
      if (this.drainedBytes > DRAIN_MAX_BYTES) this.controller.abort(new Error('not read to its end'));
      return;
    }
    this.chunks.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.isRead) this.room.hold(chunk.length);
    if (this.reader === undefined) {
      if (this.waitingBytes >= this.room.waitingBytes) this.controller.pause();
    } else if (this.chunks.length === 1) {
      // A read brings many small chunks, one call for each: the reader gets them together.
      queueMicrotask(() => this.serve());
    }
  }

  end(): void {
    this.ended = true;
    if (this.chunks.length === 0) this.serve();
  }

  fail(error: unknown): void {
    this.failure = error;
    this.ended = true;
    this.abandon();
    this.reader?.reject(error);
    this.reader = undefined;
  }

  next(): Promise<Step> {
    if (!this.isRead) this.room.hold(this.waitingBytes);
    this.isRead = true;
    this.room.letGo(this.lentBytes);
    this.lentBytes = 0;
    // What was cut off is worth nothing: an error comes before the chunks that wait.
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.chunks.length > 0) return Promise.resolve(this.lend());
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  return(): Promise<Step> {
    this.abandon();
    if (!this.ended && this.controller.paused) this.controller.resume();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private abandon(): void {
    this.abandoned = true;
    this.chunks = [];
    if (this.isRead) this.room.letGo(this.waitingBytes + this.lentBytes);
    this.waitingBytes = 0;
    this.lentBytes = 0;
  }

  private serve(): void {
    const { reader } = this;
    if (reader === undefined) return;
    this.reader = undefined;
    reader.resolve(this.chunks.length > 0 ? this.lend() : DONE);
  }

  /** All that waits, in one piece. */
  private lend(): Step {
    const { chunks } = this;
    const [first = NOTHING] = chunks;
    const value = chunks.length === 1 ? first : Buffer.concat(chunks, this.waitingBytes);
    this.chunks = [];
    this.lentBytes = this.waitingBytes;
    this.waitingBytes = 0;
    if (this.controller.paused) this.controller.resume();
    return { value, done: false };
  }
}

const DONE: Step = { value: undefined, done: true };
const NOTHING = new Uint8Array(0);
