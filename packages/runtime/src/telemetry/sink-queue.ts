import { within } from './within.ts';

/** Lines that go to a sink in one write, at most. */
export const BATCH_LINES_MAX = 256;
/** And bytes, but for one line that is larger by itself. */
export const BATCH_BYTES_MAX = 1_048_576;
/** After a failed write: the first wait, and the longest one, milliseconds. */
export const RETRY_FIRST_MS = 1_000;
export const RETRY_MAX_MS = 60_000;

/** Where lines go in the end. */
export interface Sink {
  /** Resolves when they arrived, with how many of them it did not take and never will; where it rejects, they come again. */
  write(lines: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

export interface SinkQueueParts {
  readonly sink: Sink;
  readonly maxItems: number;
  /** UTF-8 bytes of the lines that wait. */
  readonly maxBytes: number;
  /** For how long lines gather before they are written, milliseconds; without it none waits. */
  readonly gatherMs?: number;
  readonly after: (ms: number, run: () => void) => () => void;
  /** Told of the first failure after a success. */
  readonly onFailed: (error: unknown) => void;
  /** Told of the first lines after others that a sink does not take and never will; without it `onFailed` is. */
  readonly onRefused?: () => void;
}

/** How a sink does. */
export interface SinkStatus {
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Since the start. */
  readonly written: number;
  readonly dropped: number;
  readonly failedWrites: number;
}

interface Line {
  readonly text: string;
  readonly bytes: number;
}

/** Lines on their way to a sink: whoever gives them never waits; what the bounds don't hold is dropped and counted, the newest first. */
export class SinkQueue {
  readonly #parts: SinkQueueParts;
  #waiting: Line[] = [];
  #bytes = 0;
  #written = 0;
  #dropped = 0;
  #failedWrites = 0;
  #retryMs = 0;
  #cancelWait: (() => void) | undefined;
  #refuses = false;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: SinkQueueParts) {
    this.#parts = parts;
  }

  status(): SinkStatus {
    return {
      waiting: this.#waiting.length,
      waitingBytes: this.#bytes,
      written: this.#written,
      dropped: this.#dropped,
      failedWrites: this.#failedWrites,
    };
  }

  /** Returns at once; never throws. */
  push(text: string): void {
    const bytes = Buffer.byteLength(text);
    const { maxItems, maxBytes } = this.#parts;
    if (this.#isClosed || this.#waiting.length >= maxItems || this.#bytes + bytes > maxBytes) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ text, bytes });
    this.#bytes += bytes;
    this.#gather();
  }

  /** Writes what waits, unless the sink fails or `withinMs` pass: then the rest is dropped and counted. */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#start();
    const done = (this.#writing ?? Promise.resolve()).then(() => this.#parts.sink.close()).catch(() => undefined);
    await within(withinMs, done, this.#parts.after);
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    this.#bytes = 0;
  }

  #gather(): void {
    const { gatherMs } = this.#parts;
    if (gatherMs === undefined) this.#start();
    else if (this.#writing === undefined && this.#waiting.length > 0) this.#wait(gatherMs);
  }

  #wait(ms: number): void {
    this.#cancelWait ??= this.#parts.after(ms, () => {
      this.#cancelWait = undefined;
      this.#start();
    });
  }

  #start(): void {
    if (this.#writing !== undefined || this.#cancelWait !== undefined || this.#waiting.length === 0) return;
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined;
      // A line may have come between the last write and here.
      if (!this.#isClosed) this.#gather();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#batch();
      let refused: number;
      try {
        refused = await this.#parts.sink.write(batch.map(({ text }) => text));
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#retryMs = 0;
      this.#written += batch.length - refused;
      this.#refuse(refused);
      // Nothing waits any more where the time to close is over.
      this.#waiting = this.#waiting.slice(batch.length);
      this.#bytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    }
  }

  /** What goes in one write. */
  #batch(): Line[] {
    let bytes = 0;
    let lines = 0;
    for (const line of this.#waiting) {
      bytes += line.bytes;
      if (lines > 0 && (lines >= BATCH_LINES_MAX || bytes > BATCH_BYTES_MAX)) break;
      lines += 1;
    }
    return this.#waiting.slice(0, lines);
  }

  #refuse(lines: number): void {
    this.#dropped += lines;
    const { onFailed, onRefused = () => onFailed(new Error('lines were not taken')) } = this.#parts;
    if (lines > 0 && !this.#refuses) onRefused();
    this.#refuses = lines > 0;
  }

  #fail(error: unknown): void {
    if (this.#retryMs === 0) this.#parts.onFailed(error);
    this.#failedWrites += 1;
    this.#retryMs = this.#retryMs === 0 ? RETRY_FIRST_MS : Math.min(RETRY_MAX_MS, 2 * this.#retryMs);
    if (this.#isClosed) return;
    this.#wait(this.#retryMs);
  }
}
