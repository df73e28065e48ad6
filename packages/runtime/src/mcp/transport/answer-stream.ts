import { lineBytes, type McpMessage } from '@sallyport/mcp';
import type { Accepted } from './check-head.ts';
import type { ClientWriter } from './client-request.ts';
import type { TransportClock } from './transport-clock.ts';

export interface AnswerStreamParts {
  readonly writer: ClientWriter;
  readonly accepted: Accepted;
  readonly clock: TransportClock;
  /** Silence towards a client after which it gets a sign of life, milliseconds. */
  readonly heartbeatMs: number;
  /** Headers beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;
  /** Mark of the place before the first event, for clients that may ask for the rest later. */
  readonly mark?: (() => string | undefined) | undefined;
}

const EVENTS_HEAD = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  // Proxies that gather an answer before they pass it on would hold events back.
  'x-accel-buffering': 'no',
};
const HEARTBEAT = Buffer.from(': \n\n');

/**
 * The answer to one HTTP request, in the form that turns out to be right: one JSON object where nothing comes before it, a
 * stream of events where something does, or where it takes so long that the client would wonder. A client that is gone is
 * written to no more.
 */
export class AnswerStream {
  readonly #parts: AnswerStreamParts;
  #hasBegun = false;
  #hasEnded = false;
  #callOff: (() => void) | undefined;
  #setEnded: () => void = () => undefined;
  /** Resolves when nothing more is written. */
  readonly ended = new Promise<void>((resolve) => {
    this.#setEnded = resolve;
  });

  constructor(parts: AnswerStreamParts) {
    this.#parts = parts;
    if (parts.accepted.events) this.#callOff = this.#later();
  }

  /** Whether something can be written before the answer. */
  get takesEvents(): boolean {
    return !this.#hasEnded && this.#parts.accepted.events;
  }

  /** Whether it is a stream of events, or was one. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether the answer will be an event. */
  get answersByEvent(): boolean {
    return this.#hasBegun || !this.#parts.accepted.json;
  }

  /** Begins a stream of events, where that is not done. */
  open(): void {
    if (this.#hasBegun || this.#hasEnded) return;
    this.#hasBegun = true;
    const { writer, headers, mark } = this.#parts;
    const marked = mark?.();
    writer.head(200, { ...EVENTS_HEAD, ...headers });
    void writer.write(marked === undefined ? HEARTBEAT : Buffer.from(`id: ${marked}\ndata: \n\n`));
  }

  /** One event. @param id its mark; none where a client cannot ask for it again */
  async event(message: Pick<McpMessage, 'bytes'>, id: string | undefined): Promise<void> {
    if (!this.takesEvents) return;
    this.open();
    await this.#write(message, id);
  }

  /** The answer, and the end. @param status where it is no stream */
  async answer(message: McpMessage, { id, status = 200 }: { id?: string | undefined; status?: number }): Promise<void> {
    if (this.#hasEnded) return;
    const { writer, headers } = this.#parts;
    let written: Promise<void>;
    if (this.answersByEvent) {
      this.open();
      written = this.#write(message, id);
    } else {
      writer.head(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
      written = writer.write(message.bytes);
      this.#hasBegun = true;
    }
    this.end();
    await written;
  }

  /** Nothing more is written. */
  end(): void {
    if (this.#hasEnded) return;
    const { writer, headers } = this.#parts;
    if (!this.#hasBegun) writer.head(204, headers);
    this.abandon();
    writer.end();
  }

  /** The client is gone. */
  abandon(): void {
    this.#callOff?.();
    this.#hasEnded = true;
    this.#setEnded();
  }

  #write(message: Pick<McpMessage, 'bytes'>, id: string | undefined): Promise<void> {
    this.#callOff?.();
    this.#callOff = this.#later();
    const head = id === undefined ? 'data: ' : `id: ${id}\ndata: `;
    return this.#parts.writer.write(Buffer.concat([Buffer.from(head), lineBytes(message), Buffer.from('\n\n')]));
  }

  #later(): () => void {
    return this.#parts.clock.after(this.#parts.heartbeatMs, () => {
      this.#callOff = this.#later();
      if (this.#hasBegun) void this.#parts.writer.write(HEARTBEAT);
      else this.open();
    });
  }
}
