import type { Readable, Writable } from 'node:stream';
import {
  ERROR_CODES,
  type Incoming,
  type McpEnd,
  type McpMessage,
  type MessageLimits,
  writeError,
} from '@sallyport/mcp';
import { IncomingQueue } from './incoming-queue.ts';
import { LineChannel } from './line-channel.ts';
import { RequestBook, TOO_MANY_REQUESTS } from './request-book.ts';
import type { TransportClock } from './transport-clock.ts';

export interface StdioClientOptions {
  /** Ours: what the client writes. */
  readonly input: Readable;
  /** Ours: what the client reads. Nothing else may be written to it. */
  readonly output: Writable;
  readonly maxMessageBytes: number;
  readonly maxPending: number;
  readonly json: MessageLimits;
  readonly clock: TransportClock;
}

/** A client that started us, and speaks to us in lines. */
export class StdioClientEnd implements McpEnd {
  readonly #queue: IncomingQueue;
  readonly #book: RequestBook;
  readonly #channel: LineChannel;

  constructor({ input, output, maxMessageBytes, maxPending, json, clock }: StdioClientOptions) {
    this.#queue = new IncomingQueue(maxMessageBytes);
    this.#book = new RequestBook({
      clock,
      maxPending,
      silenceMs: undefined,
      onLost: (id, reason) => this.#queue.push({ kind: 'lost', id, reason }),
    });
    this.#channel = new LineChannel({
      input,
      output,
      maxMessageBytes,
      json,
      queue: this.#queue,
      onMessage: (message) => this.#take(message),
      onUnreadable: () =>
        void this.#channel.write(
          writeError(undefined, { code: ERROR_CODES.parseError, message: 'line is no message of MCP' }),
        ),
      onTooLarge: () => {
        const refusal = { code: ERROR_CODES.invalidRequest, message: 'message is larger than the limit' };
        void this.#channel.write(writeError(undefined, refusal));
        this.#end('too-large');
      },
      onEnd: () => this.#end('closed'),
    });
  }

  get incoming(): AsyncIterable<Incoming> {
    return this.#queue;
  }

  async send(message: McpMessage): Promise<void> {
    if (this.#queue.hasEnded || !this.#book.sending(message)) return;
    await this.#channel.write(message);
  }

  async close(): Promise<void> {
    this.#end('closed');
  }

  #take(message: McpMessage): void {
    const verdict = this.#book.receiving(message);
    if (verdict === 'pass') this.#queue.push({ kind: 'message', message });
    if (verdict === 'refuse' && message.kind === 'request') {
      void this.#channel.write(writeError(message.id, TOO_MANY_REQUESTS));
    }
  }

  #end(reason: 'closed' | 'too-large'): void {
    if (this.#queue.hasEnded) return;
    this.#channel.close();
    this.#book.loseAll('gone');
    this.#queue.push({ kind: 'ended', reason });
  }
}
