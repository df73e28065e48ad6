import {
  HEADERS,
  type Incoming,
  idKey,
  type McpEnd,
  type McpMessage,
  type McpRequest,
  type SendContext,
  writeError,
} from '@sallyport/mcp';
import { stringOf } from '@sallyport/wire';
import { AnswerStream } from './answer-stream.ts';
import { invalid, reject, SERVER_ERROR } from './check-head.ts';
import { type ClientExchange, type ClientSessionParts, whenLeft } from './client-exchange.ts';
import { type ClientRequest, headerOf, type Rejection, tracedBy } from './client-request.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { IncomingQueue } from './incoming-queue.ts';
import { RequestBook, TOO_MANY_REQUESTS } from './request-book.ts';
import type { HeldSession } from './session-table.ts';

export interface HandshakeSessionParts extends ClientSessionParts {
  readonly id: string;
  readonly server: string;
  /** Messages that are kept for a client whose stream broke. */
  readonly resumeBytes: number;
}

/** A request of the client that waits for its answer. */
interface Asked {
  readonly request: McpRequest;
  readonly stream: number;
  answer: AnswerStream;
}

/** What a server says of its own accord. */
const OWN_STREAM = 0;
/** From this revision on an event may hold nothing. */
const EMPTY_EVENTS_SINCE = '2025-11-25';
const INITIALIZE = 'initialize';
const EVENTS_ONLY = { json: false, events: true };

/** A client that began with `initialize`, and comes back with the id that it was given. */
export class HandshakeSession implements McpEnd, HeldSession {
  readonly #parts: HandshakeSessionParts;
  readonly #queue: IncomingQueue;
  readonly #book: RequestBook;
  readonly #log: EventLog;
  readonly #asked = new Map<string, Asked>();
  #streams = OWN_STREAM;
  #listener: AnswerStream | undefined;
  /** Number of the newest message that a listener was given. */
  #heard = 0;
  #version: string | undefined;

  constructor(parts: HandshakeSessionParts) {
    const { clock, maxMessageBytes, maxPending, resumeBytes } = parts;
    this.#parts = parts;
    this.#queue = new IncomingQueue(maxMessageBytes);
    this.#log = new EventLog(resumeBytes);
    this.#book = new RequestBook({
      clock,
      maxPending,
      silenceMs: undefined,
      onLost: (id, reason) => this.#queue.push({ kind: 'lost', id, reason }),
    });
  }

  get incoming(): AsyncIterable<Incoming> {
    return this.#queue;
  }

  get owner(): string {
    return this.#parts.owner;
  }

  get server(): string {
    return this.#parts.server;
  }

  get isBusy(): boolean {
    return this.#asked.size > 0 || this.#listener !== undefined;
  }

  /** Looks at what a request says of the session beside its id. */
  check(request: ClientRequest): Rejection | undefined {
    const version = headerOf(request, HEADERS.protocolVersion);
    if (version === undefined || this.#version === undefined || version === this.#version) return undefined;
    return invalid('revision of the protocol is not the one of this session');
  }

  /** A message of the client. A request is answered through the exchange; whatever else is taken is not. */
  async post(message: McpMessage, exchange: ClientExchange): Promise<Rejection | undefined> {
    await this.#queue.room();
    if (this.#queue.hasEnded) return reject(404, 'session is not known');
    const verdict = this.#book.receiving(message);
    if (verdict === 'refuse') return { ...TOO_MANY_REQUESTS, status: 429 };
    if (verdict === 'stray') return undefined;
    if (message.kind === 'request') this.#expect(message, exchange);
    this.#queue.push({ kind: 'message', message, ...tracedBy(exchange.request) });
    return undefined;
  }

  /** What the server says of its own accord, or the rest of a stream that broke. */
  listen(exchange: ClientExchange): Rejection | undefined {
    const mark = headerOf(exchange.request, HEADERS.lastEvent);
    const since = mark === undefined ? undefined : this.#log.since(mark);
    if (mark !== undefined && since === undefined) return invalid('what came behind this event is not known any more');
    const stream = since?.stream ?? OWN_STREAM;
    const answer = this.#answerIn(stream, { ...exchange, accepted: EVENTS_ONLY });
    answer.open();
    this.#replay(since?.events ?? this.#log.behind(OWN_STREAM, this.#heard), answer);
    if (stream === OWN_STREAM) {
      this.#listener?.end();
      this.#listener = answer;
      this.#heard = this.#log.last;
      whenLeft(exchange, answer, () => {
        if (this.#listener === answer) this.#listener = undefined;
      });
      return undefined;
    }
    const asked = [...this.#asked.values()].find((one) => one.stream === stream);
    if (asked === undefined) answer.end();
    else {
      asked.answer.end();
      asked.answer = answer;
      whenLeft(exchange, answer, () => undefined);
    }
    return undefined;
  }

  async send(message: McpMessage, { relatedTo }: SendContext = {}): Promise<void> {
    if (this.#queue.hasEnded || !this.#book.sending(message)) return;
    if (message.kind === 'result' || message.kind === 'error') {
      await this.#answer(message);
      return;
    }
    const asked = relatedTo === undefined ? undefined : this.#asked.get(idKey(relatedTo));
    if (asked !== undefined && (asked.answer.takesEvents || isResumable(asked))) {
      // The mark of the place before it comes first.
      asked.answer.open();
      await asked.answer.event(message, this.#log.append(asked.stream, message));
      return;
    }
    const id = this.#log.append(OWN_STREAM, message);
    if (this.#listener === undefined) return;
    this.#heard = this.#log.last;
    await this.#listener.event(message, id);
  }

  async close(): Promise<void> {
    if (this.#queue.hasEnded) return;
    this.#book.loseAll('gone');
    this.#queue.push({ kind: 'ended', reason: 'closed' });
    for (const { request, answer } of this.#asked.values()) {
      const ended = writeError(request.id, { code: SERVER_ERROR, message: 'session has ended' });
      void answer.answer(ended, { status: 404 });
    }
    this.#asked.clear();
    this.#listener?.end();
    this.#listener = undefined;
    this.#parts.onEnded();
  }

  #expect(request: McpRequest, exchange: ClientExchange): void {
    this.#streams += 1;
    const answer = this.#answerIn(this.#streams, exchange);
    this.#asked.set(idKey(request.id), { request, stream: this.#streams, answer });
    // A client that is gone may come back for the rest: it has taken nothing back by that.
    whenLeft(exchange, answer, () => undefined);
  }

  #answerIn(stream: number, { writer, accepted }: ClientExchange): AnswerStream {
    const { clock, heartbeatMs, id } = this.#parts;
    const mayBeEmpty = this.#version !== undefined && this.#version >= EMPTY_EVENTS_SINCE;
    const mark = mayBeEmpty ? () => this.#log.markOf(stream) : undefined;
    return new AnswerStream({ writer, accepted, clock, heartbeatMs, headers: { [HEADERS.session]: id }, mark });
  }

  async #answer(message: McpMessage & { readonly kind: 'result' | 'error' }): Promise<void> {
    const asked = message.id === undefined ? undefined : this.#asked.get(idKey(message.id));
    if (asked === undefined) return;
    const { request, stream, answer } = asked;
    this.#asked.delete(idKey(request.id));
    if (request.method === INITIALIZE && message.kind === 'result') {
      this.#version ??= stringOf(message.result, 'protocolVersion');
    }
    const isKept = answer.answersByEvent && (!answer.hasEnded || isResumable(asked));
    if (isKept) answer.open();
    const id = isKept ? this.#log.append(stream, message) : undefined;
    await answer.answer(message, { id });
    // Nothing was agreed on: there is no session to come back to.
    if (request.method === INITIALIZE && message.kind === 'error') await this.close();
  }

  #replay(events: readonly LoggedEvent[], answer: AnswerStream): void {
    for (const { bytes, mark } of events) void answer.event({ bytes }, mark);
  }
}

/** A stream that broke, of which the client may ask for the rest. */
function isResumable({ answer }: Asked): boolean {
  return answer.hasEnded && answer.hasBegun;
}
