import type { Readable, Writable } from 'node:stream';
import { isFault } from '@sallyport/core';
import { lineBytes, type McpMessage, type MessageLimits, readMessage } from '@sallyport/mcp';
import type { IncomingQueue } from './incoming-queue.ts';
import { LineReader, TOO_LARGE } from './line-reader.ts';

export interface LineChannelParts {
  readonly input: Readable;
  readonly output: Writable;
  readonly maxMessageBytes: number;
  readonly json: MessageLimits;
  /** Where its messages end up: while there is no room, nothing is read. */
  readonly queue: IncomingQueue;
  readonly onMessage: (message: McpMessage) => void;
  /** A line is no message. */
  readonly onUnreadable: () => void;
  /** A line is longer than the bound; nothing is read any more. */
  readonly onTooLarge: () => void;
  /** Nothing comes any more, or nothing can be written. */
  readonly onEnd: () => void;
}

const BLANK = /^[\t\r ]*$/;
/** Longest blank line that is looked at as text. */
const BLANK_MAX_BYTES = 256;
const LINE_END = Buffer.from('\n');

/** Messages, one a line, over two byte streams. */
export class LineChannel {
  readonly #parts: LineChannelParts;
  readonly #lines: LineReader;
  #isClosed = false;
  /** A line was too long: nothing can be read behind it. */
  #isLost = false;

  constructor(parts: LineChannelParts) {
    this.#parts = parts;
    this.#lines = new LineReader(parts.maxMessageBytes);
    parts.input.on('data', (chunk: Uint8Array) => this.#take(chunk));
    parts.input.on('end', () => this.#end());
    parts.input.on('error', () => this.#end());
    parts.input.on('close', () => this.#end());
    parts.output.on('error', () => this.#end());
  }

  /** Resolves when there is room for more. What cannot be written is dropped: the end is told. */
  write(message: McpMessage): Promise<void> {
    const { output } = this.#parts;
    if (this.#isClosed || !output.writable) return Promise.resolve();
    output.cork();
    output.write(lineBytes(message));
    const hasRoom = output.write(LINE_END);
    output.uncork();
    return hasRoom ? Promise.resolve() : drained(output);
  }

  /** Says nothing any more, and reads nothing. */
  close(): void {
    this.#isClosed = true;
    // What still comes flows off unread: the other side must be able to end.
    this.#parts.input.resume();
  }

  #take(chunk: Uint8Array): void {
    if (this.#isClosed || this.#isLost) return;
    const { input, queue, json, onMessage, onUnreadable, onTooLarge } = this.#parts;
    const lines = this.#lines.take(chunk);
    if (lines === TOO_LARGE) {
      this.#isLost = true;
      onTooLarge();
      return;
    }
    for (const line of lines) {
      if (isBlank(line)) continue;
      const message = readMessage(line, json);
      if (isFault(message)) onUnreadable();
      else onMessage(message);
      if (this.#isClosed) return;
    }
    if (queue.hasRoom) return;
    input.pause();
    void queue.room().then(() => input.resume());
  }

  #end(): void {
    if (this.#isClosed) return;
    this.close();
    this.#parts.onEnd();
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.length <= BLANK_MAX_BYTES && BLANK.test(Buffer.from(line).toString('latin1'));
}

function drained(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      output.off('drain', done);
      output.off('close', done);
      output.off('error', done);
      resolve();
    };
    output.on('drain', done);
    output.on('close', done);
    output.on('error', done);
  });
}
