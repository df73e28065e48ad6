import {
  ERROR_CODES,
  type Incoming,
  type McpEnd,
  type McpMessage,
  type McpRequest,
  type RequestId,
  type SendContext,
  withId,
  writeError,
  writeNotification,
} from '@sallyport/mcp';
import { AnswerStream } from './answer-stream.ts';
import { mismatch } from './check-envelope.ts';
import { SERVER_ERROR } from './check-head.ts';
import { type ClientExchange, type ClientSessionParts, whenLeft } from './client-exchange.ts';
import { type Rejection, tracedBy } from './client-request.ts';
import { IncomingQueue } from './incoming-queue.ts';
import { ParamHeaders } from './param-headers.ts';
import { RequestBook, TOO_MANY_REQUESTS } from './request-book.ts';
import type { HeldSession } from './session-table.ts';
import { withSubscription } from './with-subscription.ts';

interface Asked {
  /** Under the id by which the client knows it. */
  readonly request: McpRequest;
  readonly answer: AnswerStream;
}

/** Errors that are told by a status too. Source: MCP 2026-07-28, Streamable HTTP; SDK 2.4.0, `inboundClassification.ts`. */
const STATUSES: ReadonlyMap<number, number> = new Map([
  [ERROR_CODES.methodNotFound, 404],
  [ERROR_CODES.headerMismatch, 400],
  [ERROR_CODES.missingClientCapability, 400],
  [ERROR_CODES.unsupportedProtocolVersion, 400],
]);

/**
 * Requests, each of which stands for itself, of clients that say the same of themselves and have one owner. Their ids are
 * their own, and may be the same: here each gets another.
 */
export class EnvelopeSession implements McpEnd, HeldSession {
  readonly #parts: ClientSessionParts;
  readonly #queue: IncomingQueue;
  readonly #book: RequestBook;
  readonly #asked = new Map<RequestId, Asked>();
  readonly #params = new ParamHeaders();
  #requests = 0;

  constructor(parts: ClientSessionParts) {
    const { clock, maxMessageBytes, maxPending } = parts;
    this.#parts = parts;
    this.#queue = new IncomingQueue(maxMessageBytes);
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

  get isBusy(): boolean {
    return this.#asked.size > 0;
  }

  async post(request: McpRequest, exchange: ClientExchange): Promise<Rejection | undefined> {
    await this.#queue.room();
    if (this.#queue.hasEnded) return { status: 503, code: SERVER_ERROR, message: 'session has ended: ask again' };
    if (!this.#params.fit(exchange.request.headers, request)) return mismatch('mcp-param-*');
    this.#requests += 1;
    const inner = withId(request, `r${this.#requests}`);
    if (this.#book.receiving(inner) === 'refuse') return { ...TOO_MANY_REQUESTS, status: 429 };
    const { writer, accepted } = exchange;
    const { clock, heartbeatMs } = this.#parts;
    const answer = new AnswerStream({ writer, accepted, clock, heartbeatMs, headers: {} });
    this.#asked.set(inner.id, { request, answer });
    this.#queue.push({ kind: 'message', message: inner, ...tracedBy(exchange.request) });
    // The end of its stream is how a request is taken back.
    whenLeft(exchange, answer, () => this.#takeBack(inner.id));
    return undefined;
  }

  async send(message: McpMessage, { relatedTo }: SendContext = {}): Promise<void> {
    if (this.#queue.hasEnded || !this.#book.sending(message)) return;
    if (message.kind === 'result' || message.kind === 'error') {
      const asked = message.id === undefined ? undefined : this.#asked.get(message.id);
      if (asked === undefined || message.id === undefined) return;
      this.#asked.delete(message.id);
      const status = message.kind === 'error' ? STATUSES.get(message.code) : undefined;
      const { request, answer } = asked;
      if (message.kind === 'result') this.#params.learn(request, message);
      const own = withSubscription(withId(message, request.id), request.id, this.#parts.json);
      await answer.answer(own, { ...(status !== undefined && { status }) });
      return;
    }
    const asked = relatedTo === undefined ? undefined : this.#asked.get(relatedTo);
    if (asked?.answer.takesEvents === true) {
      await asked.answer.event(withSubscription(message, asked.request.id, this.#parts.json), undefined);
    }
    // There is no way to a client but in the answer to its request.
    else if (message.kind === 'request') this.#book.lose(message.id, 'refused');
  }

  async close(): Promise<void> {
    if (this.#queue.hasEnded) return;
    this.#book.loseAll('gone');
    this.#queue.push({ kind: 'ended', reason: 'closed' });
    for (const { request, answer } of this.#asked.values()) {
      void answer.answer(writeError(request.id, { code: SERVER_ERROR, message: 'session has ended' }), { status: 503 });
    }
    this.#asked.clear();
    this.#parts.onEnded();
  }

  #takeBack(requestId: RequestId): void {
    this.#asked.delete(requestId);
    const message = writeNotification('notifications/cancelled', { requestId, reason: 'client is gone' });
    if (this.#book.receiving(message) === 'pass') this.#queue.push({ kind: 'message', message });
  }
}
