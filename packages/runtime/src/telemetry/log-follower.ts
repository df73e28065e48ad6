import type { AuditRecord, RecordReader } from '@sallyport/core';
import { decodeRecord } from '@sallyport/record';
import type { LogCursor } from '@sallyport/stores';
import {
  BATCH_BYTES_MAX,
  BATCH_LINES_MAX,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
  type Sink,
  type SinkStatus,
} from './sink-queue.ts';
import { within } from './within.ts';

/** Records that are read in one turn of the event loop: some two milliseconds. */
export const RECORDS_PER_TURN = 64;
/** Records that are told again after a crash in the middle of many, at most. */
const RECORDS_PER_SAVE = 1_024;

export interface LogFollowerParts {
  readonly log: Pick<RecordReader, 'size' | 'first' | 'leaves'>;
  /** @throws what keeps it from being read: then all that the log has is told again */
  readonly cursor: (onBroken: (error: unknown) => number) => LogCursor;
  /** A record as lines; none where nothing of it is told. */
  readonly linesOf: (record: AuditRecord) => readonly string[];
  readonly sink: Sink;
  /** Records that may wait in the log; the oldest beyond are passed over and counted. */
  readonly maxBehind: number;
  /** From a record to when it is told, milliseconds: what comes meanwhile goes with it. */
  readonly gatherMs: number;
  readonly after: (ms: number, run: () => void) => () => void;
  /** Runs something when the event loop has its next turn. */
  readonly defer: (run: () => void) => void;
  /** Told of the first failure of an outage. */
  readonly onFailed: (error: unknown) => void;
}

interface Step {
  readonly lines: readonly string[];
  /** Index of the leaf behind those that were read. */
  readonly to: number;
}

/**
 * Tells a sink what stands in the log, from where it was told last: the log itself is what waits, so that neither a sink that is gone nor a
 * restart costs anything. What was told and not noted before a crash is told again.
 */
export class LogFollower {
  readonly #parts: LogFollowerParts;
  readonly #cursor: LogCursor;
  #next: number;
  #written = 0;
  #dropped = 0;
  #failedWrites = 0;
  #retryMs = 0;
  #isFailing = false;
  #cancelWait: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #isOver = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: LogFollowerParts) {
    this.#parts = parts;
    // Whoever was never told anything is told what comes from now on.
    this.#cursor = this.#openCursor();
    this.#next = Math.min(this.#cursor.next ?? parts.log.size, parts.log.size);
    // Noted at once, so that what cannot be told in this run is told in the next.
    if (this.#cursor.next === undefined) void this.#save();
    this.#wait(parts.gatherMs);
  }

  /** What waits are records, and none of them in memory. */
  status(): SinkStatus {
    const waiting = this.#isOver ? 0 : Math.max(0, this.#parts.log.size - this.#next);
    const [written, dropped, failedWrites] = [this.#written, this.#dropped, this.#failedWrites];
    return { waiting, waitingBytes: 0, written, dropped, failedWrites };
  }

  /** A record is in the log. Returns at once; never throws. */
  noted(): void {
    if (!this.#isClosed && this.#running === undefined) this.#wait(this.#parts.gatherMs);
  }

  /** Tells what is left, unless the sink fails or `withinMs` pass: then the next start goes on from here. The log is not read any more. */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    const last = (this.#running ?? Promise.resolve()).then(() => (this.#isOver ? undefined : this.#run()));
    await within(withinMs, last, this.#parts.after);
    this.#isOver = true;
  }

  #wait(ms: number): void {
    this.#cancelWait ??= this.#parts.after(ms, () => {
      this.#cancelWait = undefined;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        if (!this.#isClosed && this.#parts.log.size > this.#next) this.#wait(this.#retryMs || this.#parts.gatherMs);
      });
    });
  }

  async #run(): Promise<void> {
    const before = this.#next;
    try {
      let noted = this.#next;
      while (!this.#isOver && this.#next < this.#parts.log.size) {
        await this.#step();
        if (this.#next - noted < RECORDS_PER_SAVE || this.#isOver) continue;
        noted = this.#next;
        await this.#save();
      }
      this.#retryMs = 0;
      this.#isFailing = false;
    } catch (error) {
      this.#fail(error);
    }
    if (this.#next !== before && !this.#isOver) await this.#save();
  }

  /** One after the other. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#cursor.save(this.#next)).catch((error: unknown) => this.#tell(error));
    return this.#saving;
  }

  async #step(): Promise<void> {
    const { sink, defer } = this.#parts;
    this.#passOver();
    const { lines, to } = this.#read();
    if (lines.length > 0) {
      const refused = await sink.write(lines);
      this.#written += lines.length - refused;
      this.#dropped += refused;
      if (refused > 0) this.#tell(new Error('lines were not taken'));
    }
    this.#next = to;
    await new Promise<void>((resolve) => defer(resolve));
  }

  #openCursor(): LogCursor {
    const { cursor, log } = this.#parts;
    return cursor((error) => {
      this.#parts.onFailed(error);
      return log.first;
    });
  }

  /** What is not in the log any more, or too far behind. */
  #passOver(): void {
    const { log, maxBehind } = this.#parts;
    const from = Math.max(this.#next, log.first, log.size - maxBehind);
    this.#dropped += from - this.#next;
    this.#next = from;
  }

  #read(): Step {
    const { log, linesOf } = this.#parts;
    const until = Math.min(log.size, this.#next + RECORDS_PER_TURN);
    const lines: string[] = [];
    let bytes = 0;
    for (const { index, leaf } of log.leaves(this.#next, until)) {
      let own: readonly string[] = [];
      try {
        own = linesOf(decodeRecord(leaf));
      } catch (error) {
        this.#dropped += 1;
        this.#tell(error);
      }
      const ownBytes = own.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
      const isFull = lines.length + own.length > BATCH_LINES_MAX || bytes + ownBytes > BATCH_BYTES_MAX;
      if (lines.length > 0 && isFull) return { lines, to: index };
      lines.push(...own);
      bytes += ownBytes;
    }
    return { lines, to: until };
  }

  #fail(error: unknown): void {
    this.#failedWrites += 1;
    this.#retryMs = this.#retryMs === 0 ? RETRY_FIRST_MS : Math.min(RETRY_MAX_MS, 2 * this.#retryMs);
    this.#tell(error);
  }

  #tell(error: unknown): void {
    if (!this.#isFailing) this.#parts.onFailed(error);
    this.#isFailing = true;
  }
}
