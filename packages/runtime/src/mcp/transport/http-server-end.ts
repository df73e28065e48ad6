import { isFault } from '@sallyport/core';
import {
  HEADERS,
  type Incoming,
  idKey,
  type LostReason,
  type McpEnd,
  type McpError,
  type McpMessage,
  type McpRequest,
  type McpResult,
  type RequestId,
  readMessage,
  withId,
  writeError,
  writeNotification,
} from '@sallyport/mcp';
import type { McpHttpConfig } from '../../config/index.ts';
import { ByteBudget } from './byte-budget.ts';
import { type HttpAnswer, HttpLine, NotAuthorized, type UpstreamAuthorization } from './http-line.ts';
import { HttpSession } from './http-session.ts';
import { HttpStreams } from './http-streams.ts';
import { IncomingQueue } from './incoming-queue.ts';
import { mediaType } from './media-type.ts';
import { type ReadingBounds, readWhole } from './read-answer.ts';
import { cancelledId, RequestBook, TOO_MANY_REQUESTS } from './request-book.ts';
import type { TransportParts } from './transport-parts.ts';

/** Messages, of the largest size, that may be read at the same time. */
const HELD_MESSAGES = 4;
/** Time for the server to let go of a session, milliseconds. */
const FAREWELL_MS = 2_000;

/** A server somewhere else, over Streamable HTTP: with a session where its revision has such, request by request where not. */
export class HttpServerEnd implements McpEnd {
  readonly #config: McpHttpConfig;
  readonly #parts: TransportParts;
  readonly #line: HttpLine;
  readonly #session = new HttpSession();
  readonly #streams: HttpStreams;
  readonly #bounds: ReadingBounds;
  readonly #queue: IncomingQueue;
  readonly #book: RequestBook;
  /** What is under way, by the request that it is for. */
  readonly #calls = new Map<string, AbortController>();
  /** What is for no request. */
  readonly #others = new Set<AbortController>();
  /** Resolves when what was said before has arrived. */
  #order: Promise<void> = Promise.resolve();
  #isListening = false;
  #closing: Promise<void> | undefined;

  constructor(config: McpHttpConfig, parts: TransportParts, authorization?: UpstreamAuthorization) {
    const { maxMessageBytes, maxPending, silenceMs } = config.limits;
    const { clock, random, json } = parts;
    this.#config = config;
    this.#parts = parts;
    this.#line = new HttpLine(config, authorization);
    this.#queue = new IncomingQueue(maxMessageBytes);
    this.#bounds = { maxBytes: maxMessageBytes, budget: new ByteBudget(HELD_MESSAGES * maxMessageBytes) };
    this.#book = new RequestBook({ clock, maxPending, silenceMs, onLost: (id, reason) => this.#lost(id, reason) });
    this.#streams = new HttpStreams({
      line: this.#line,
      session: this.#session,
      clock,
      random,
      json,
      bounds: this.#bounds,
      onMessage: (message, request) => this.#take(message, request),
      onGone: () => void this.#finish('gone'),
    });
  }

  get incoming(): AsyncIterable<Incoming> {
    return this.#queue;
  }

  send(message: McpMessage): Promise<void> {
    if (this.#closing !== undefined || !this.#book.sending(message)) return Promise.resolve();
    if (message.kind === 'request') {
      void this.#order.then(() => this.#ask(message));
      return this.#order;
    }
    const cancelled = message.kind === 'notification' ? cancelledId(message) : undefined;
    if (cancelled !== undefined) {
      this.#calls.get(idKey(cancelled))?.abort();
      // Since 2026-07-28 the end of its stream is what takes a request back.
      if (this.#session.isModern) return Promise.resolve();
    }
    return this.#say(message);
  }

  close(): Promise<void> {
    return this.#finish('closed');
  }

  #lost(id: RequestId, reason: LostReason): void {
    this.#queue.push({ kind: 'lost', id, reason });
    this.#calls.get(idKey(id))?.abort();
    if (reason !== 'silent' || !this.#session.hasId) return;
    void this.#say(writeNotification('notifications/cancelled', { requestId: id, reason: 'no answer in time' }));
  }

  /** What needs no answer, behind what was said before. */
  #say(message: McpMessage): Promise<void> {
    this.#order = this.#order.then(() => this.#tell(message));
    return this.#order;
  }

  async #tell(message: McpMessage): Promise<void> {
    if (this.#closing !== undefined) return;
    const call = new AbortController();
    const callOff = this.#parts.clock.after(this.#config.limits.startMs, () => call.abort());
    this.#others.add(call);
    try {
      const { status, discard } = await this.#post(message, call.signal);
      discard();
      if (status === 404 && this.#session.hasId) void this.#finish('gone');
      const isReady = message.kind === 'notification' && message.method === 'notifications/initialized';
      if (isReady && status < 300) void this.#listen();
    } catch {
      // Nobody waits for it.
    } finally {
      callOff();
      this.#others.delete(call);
    }
  }

  async #listen(): Promise<void> {
    if (this.#isListening || this.#closing !== undefined) return;
    this.#isListening = true;
    const call = new AbortController();
    this.#others.add(call);
    const purpose = { request: undefined, signal: call.signal, isOpen: () => true };
    const end = await this.#streams.listen(purpose, this.#config.limits.maxUnreadable);
    this.#others.delete(call);
    this.#isListening = false;
    if (end === 'unreadable') void this.#finish('unreadable');
  }

  /** A request, until its answer. */
  async #ask(request: McpRequest): Promise<void> {
    if (!this.#book.isOpen(request.id)) return;
    const key = idKey(request.id);
    const call = new AbortController();
    this.#calls.set(key, call);
    let reason: LostReason;
    try {
      const answer = await this.#post(request, call.signal);
      reason = await this.#read(answer, request, call.signal);
    } catch (error) {
      // Or taken back, and not open any more.
      reason = error instanceof NotAuthorized ? 'refused' : 'gone';
    }
    this.#calls.delete(key);
    this.#book.lose(request.id, reason);
  }

  #post(message: McpMessage, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...this.#session.headersFor(message),
    };
    return this.#line.call({ method: 'POST', headers, body: message.bytes, signal });
  }

  /** @returns why there is no answer, if none came by then */
  async #read(answer: HttpAnswer, request: McpRequest, signal: AbortSignal): Promise<LostReason> {
    const { status, headers, discard } = answer;
    const type = mediaType(headers['content-type']);
    const failed = status === 200 ? 'unreadable' : status >= 500 ? 'gone' : 'refused';
    if (status === 404 && this.#session.hasId && !this.#session.isModern && request.method !== 'initialize') {
      discard();
      void this.#finish('gone');
      return 'gone';
    }
    if ((headers['content-encoding'] ?? 'identity') !== 'identity' || [202, 401, 403].includes(status)) {
      discard();
      return failed;
    }
    if (status === 200) this.#session.noteId(request, headers[HEADERS.session]);
    if (status === 200 && type === 'text/event-stream') {
      return this.#streams.follow(answer, { request, signal, isOpen: () => this.#book.isOpen(request.id) });
    }
    if (type !== 'application/json') {
      discard();
      return failed;
    }
    const bytes = await readWhole(answer.body, this.#bounds);
    if (typeof bytes === 'string') return bytes;
    const message = readMessage(bytes, this.#parts.json);
    const said = isFault(message) ? undefined : answerTo(request, message);
    if (said === undefined || (status !== 200 && said.kind === 'result')) return failed;
    await this.#take(said, request);
    return failed;
  }

  /** A message that came in the answer to a request, or of its own. */
  async #take(message: McpMessage, request: McpRequest | undefined): Promise<void> {
    if (request !== undefined) this.#book.alive(request.id);
    // An answer comes in the answer to its request, and in no other.
    const isAnswer = message.kind === 'result' || message.kind === 'error';
    const said = isAnswer ? request && answerTo(request, message) : message;
    if (said === undefined) return;
    const verdict = this.#book.receiving(said);
    if (verdict === 'pass') {
      if (request !== undefined && said.kind === 'result') this.#session.noteAnswer(request, said);
      const relatedTo = isAnswer ? undefined : (request?.id ?? this.#book.relatedTo(said));
      this.#queue.push({ kind: 'message', message: said, ...(relatedTo !== undefined && { relatedTo }) });
    }
    if (verdict === 'refuse' && said.kind === 'request') await this.#tell(writeError(said.id, TOO_MANY_REQUESTS));
    await this.#queue.room();
  }

  #finish(reason: LostReason | 'closed'): Promise<void> {
    this.#closing ??= this.#end(reason);
    return this.#closing;
  }

  async #end(reason: LostReason | 'closed'): Promise<void> {
    this.#book.loseAll(reason === 'closed' ? 'gone' : reason);
    this.#queue.push({ kind: 'ended', reason });
    for (const call of [...this.#calls.values(), ...this.#others]) call.abort();
    if (reason === 'closed' && this.#session.hasId) await this.#sayFarewell();
    await this.#line.close();
  }

  async #sayFarewell(): Promise<void> {
    const call = new AbortController();
    const callOff = this.#parts.clock.after(FAREWELL_MS, () => call.abort());
    try {
      const { discard } = await this.#line.call({
        method: 'DELETE',
        headers: this.#session.headers(),
        signal: call.signal,
      });
      discard();
    } catch {
      // The session ends by itself.
    } finally {
      callOff();
    }
  }
}

/** The message where it answers the request: under its id, or without one where a server could not tell it. */
function answerTo(request: McpRequest, message: McpMessage): McpResult | McpError | undefined {
  if (message.kind === 'error') {
    return message.id === undefined || message.id === request.id ? withId(message, request.id) : undefined;
  }
  return message.kind === 'result' && message.id === request.id ? message : undefined;
}
