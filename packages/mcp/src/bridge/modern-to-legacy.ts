import { isFault } from '@sallyport/core';
import { memberOf, stringOf } from '@sallyport/wire';
import type { Incoming, LostReason, McpEnd, SendContext } from '../end.ts';
import { composeRequest, composeResult, editedObject } from '../message/compose-message.ts';
import type { McpError, McpMessage, McpNotification, McpRequest, McpResult, RequestId } from '../message/message.ts';
import { idOf } from '../message/request-id.ts';
import { withId } from '../message/with-id.ts';
import { writeError, writeNotification, writeRequest, writeResult } from '../message/write-message.ts';
import { declares, serverCapability } from '../revision/capabilities.ts';
import { type Envelope, META, readEnvelope } from '../revision/envelope.ts';
import { ERROR_CODES } from '../revision/error-codes.ts';
import { MODERN } from '../revision/revisions.ts';
import { PendingRequests } from '../session/pending-requests.ts';
import { ASKING_METHODS, failure, refusal } from './answers.ts';
import { BRIDGE_LIMITS, type BridgeLimits, type BridgeParts } from './bridge-parts.ts';
import { type Exchange, goOn, legacyParams, type OpenQuestion, openExchange } from './exchange.ts';
import { ExchangeTable } from './exchange-table.ts';
import { LegacyHandshake } from './legacy-handshake.ts';
import { MergedIncoming } from './merged-incoming.ts';
import { ModernListens } from './modern-listens.ts';
import { logNotice, type Notice, progressNotice } from './modern-notices.ts';
import { modernRefusal } from './modern-refusal.ts';
import { askedPages, discoverResult, modernResult } from './modern-results.ts';
import { ParkedExchanges } from './parked-exchanges.ts';
import { mayAsk } from './question.ts';

/** What a request to the server is for. */
type Errand =
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  | { readonly kind: 'handshake' }
  | { readonly kind: 'watch'; readonly settled: (isWatched: boolean) => void }
  | { readonly kind: 'other' };

/** A server of 2025-11-25, as a client of 2026-07-28 knows servers. */
export class ModernToLegacy implements McpEnd {
  readonly incoming: MergedIncoming;
  readonly #end: McpEnd;
  readonly #limits: BridgeLimits;
  readonly #errands: PendingRequests<Errand>;
  readonly #exchanges: ExchangeTable;
  readonly #handshake: LegacyHandshake;
  readonly #parked: ParkedExchanges;
  readonly #listens: ModernListens;
  #count = 0;
  /** The least grave level that the server was asked to tell of. */
  #level: number | undefined;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(end: McpEnd, parts: BridgeParts) {
    this.#end = end;
    this.#limits = { ...BRIDGE_LIMITS, ...parts.limits };
    this.#errands = new PendingRequests(2 * this.#limits.maxPending + this.#limits.maxWatched);
    this.#handshake = new LegacyHandshake(parts);
    this.incoming = new MergedIncoming(end.incoming, (incoming) => this.#heard(incoming));
    this.#parked = new ParkedExchanges({ parts, limits: this.#limits, expired: (exchange) => this.#giveUp(exchange) });
    this.#exchanges = new ExchangeTable(this.#parked);
    this.#listens = new ModernListens({
      limits: this.#limits,
      capabilities: () => this.#handshake.capabilities,
      give: (message, relatedTo) => this.#give(message, relatedTo),
      watch: (uri, settled) => {
        if (!this.#errand('resources/subscribe', { uri }, { kind: 'watch', settled })) settled(false);
      },
      unwatch: (uri) => void this.#errand('resources/unsubscribe', { uri }, { kind: 'other' }),
    });
  }

  async send(message: McpMessage, _context?: SendContext): Promise<void> {
    if (message.kind === 'request') this.#asked(message);
    else if (message.kind === 'notification') this.#told(message);
    // Answers answer nothing: nobody is asked in this way in 2026-07-28.
    await Promise.all([this.#sent, this.incoming.room()]);
  }

  close(): Promise<void> {
    this.#parked.drain();
    return this.#end.close();
  }

  #asked(request: McpRequest): void {
    const { id, params } = request;
    const handshake = this.#handshake;
    // An answer would be anybody's: it is not answered at all.
    if (this.#exchanges.get(id) !== undefined || this.#listens.has(id) || handshake.waits(id)) return;
    const envelope = readEnvelope(params);
    const refused = modernRefusal(request, envelope) ?? this.#crowded(id);
    if (refused !== undefined || envelope === undefined) {
      if (refused !== undefined) this.#give(refused, id);
    } else if (handshake.state === 'done') this.#dispatch(request, envelope);
    else {
      handshake.wait({ request, envelope });
      if (handshake.state === 'none') this.#shake(envelope, request);
    }
  }

  #crowded(id: RequestId): McpMessage | undefined {
    const { maxPending } = this.#limits;
    return this.#exchanges.size + this.#handshake.waiting >= maxPending ? crowded(id) : undefined;
  }

  #shake(envelope: Envelope, { text }: McpRequest): void {
    const first = this.#handshake.begin(this.#nextId(), envelope, text);
    this.#errands.add(first.id, { kind: 'handshake' });
    this.#toServer(first);
  }

  #dispatch(request: McpRequest, envelope: Envelope): void {
    const { id, method, params } = request;
    const { other, answer } = this.#handshake;
    if (other !== undefined) {
      const data = { supported: [other], requested: MODERN };
      const message = 'the server speaks another revision';
      this.#give(writeError(id, { code: ERROR_CODES.unsupportedProtocolVersion, message, data }), id);
    } else if (method === 'server/discover' && answer !== undefined) {
      this.#give(composeResult(id, discoverResult(answer)), id);
    } else if (method === 'subscriptions/listen') this.#listens.open(request);
    else if (memberOf(params, 'requestState') !== undefined || memberOf(params, 'inputResponses') !== undefined) {
      this.#resume(request, envelope);
    } else this.#begin(request, envelope);
  }

  #begin(request: McpRequest, envelope: Envelope): void {
    const needed = serverCapability(request.method);
    if (needed !== undefined && !declares(this.#handshake.capabilities, needed)) {
      this.#give(refusal(request.id, ERROR_CODES.methodNotFound, 'the server has nothing of this kind'), request.id);
      return;
    }
    const exchange = openExchange(this.#parked.name(), request, envelope);
    this.#await(exchange, request.id);
    this.#forward(exchange);
  }

  #await(exchange: Exchange, clientId: RequestId): void {
    this.#exchanges.await(exchange, clientId);
    const { gravity } = exchange;
    if (gravity === undefined || (this.#level !== undefined && this.#level <= gravity)) return;
    if (!declares(this.#handshake.capabilities, ['logging'])) return;
    this.#level = gravity;
    const level = stringOf(memberOf(exchange.request.params, '_meta'), META.logLevel);
    this.#errand('logging/setLevel', { level }, { kind: 'other' });
  }

  #forward(exchange: Exchange): void {
    const { request } = exchange;
    const id = this.#nextId();
    if (this.#errands.add(id, { kind: 'exchange', exchange }) !== undefined) {
      this.#finish(exchange, crowded);
      return;
    }
    exchange.serverId = id;
    this.#toServer(composeRequest(id, request.method, legacyParams(request)));
  }

  #resume(request: McpRequest, envelope: Envelope): void {
    const resumed = this.#parked.resume(request);
    if (resumed === undefined) {
      const sentence = 'request state is not one that this request can go on with';
      this.#give(refusal(request.id, ERROR_CODES.invalidParams, sentence), request.id);
      return;
    }
    const { exchange, answered, open } = resumed;
    goOn(exchange, request, envelope);
    exchange.queued = [...open, ...exchange.queued];
    this.#await(exchange, request.id);
    for (const { question, answer } of answered) {
      if (question.serverId !== undefined) this.#toServer(composeResult(question.serverId, answer));
    }
    const { outcome } = exchange;
    if (typeof outcome === 'string') {
      this.#exchanges.release(exchange);
      this.incoming.give({ kind: 'lost', id: request.id, reason: outcome });
    } else if (outcome !== undefined) this.#finish(exchange, outcome);
    else if (exchange.queued.length > 0) this.#park(exchange, request.id);
    else if (exchange.serverId === undefined) this.#forward(exchange);
  }

  #told({ method, params, text }: McpNotification): void {
    if (method !== 'notifications/cancelled') return;
    const id = idOf(memberOf(params, 'requestId'), text);
    if (id === undefined) return;
    if (this.#listens.has(id)) {
      this.#listens.close(id);
      return;
    }
    this.#handshake.forget(id);
    const exchange = this.#exchanges.get(id);
    if (exchange !== undefined) this.#giveUp(exchange);
  }

  /** Nobody waits for it any more, and the server is told. */
  #giveUp(exchange: Exchange): void {
    const { serverId, asked, queued } = exchange;
    this.#exchanges.release(exchange);
    for (const question of [...asked, ...queued]) this.#unanswered(question);
    if (serverId === undefined) return;
    this.#errands.take(serverId);
    this.#toServer(writeNotification('notifications/cancelled', { requestId: serverId }));
  }

  #unanswered({ serverId }: OpenQuestion): void {
    if (serverId !== undefined) this.#toServer(refusal(serverId, ERROR_CODES.internal, 'the client did not answer'));
  }

  #heard(incoming: Incoming): void {
    if (incoming.kind === 'ended') this.#ended(incoming.reason);
    else if (incoming.kind === 'lost') this.#lost(incoming.id, incoming.reason);
    else if (incoming.message.kind === 'request') this.#serverAsked(incoming.message, incoming.relatedTo);
    else if (incoming.message.kind === 'notification') this.#serverTold(incoming.message, incoming.relatedTo);
    else if (incoming.message.id !== undefined) this.#serverAnswered(incoming.message, incoming.message.id);
  }

  #serverAnswered(answer: McpResult | McpError, id: RequestId): void {
    const errand = this.#errands.take(id);
    if (isFault(errand)) return;
    if (errand.kind === 'watch') errand.settled(answer.kind === 'result');
    else if (errand.kind === 'handshake') this.#shaken(answer);
    else if (errand.kind === 'exchange') this.#exchanged(errand.exchange, answer);
  }

  #shaken(answer: McpResult | McpError): void {
    if (answer.kind === 'error') {
      this.#handshake.failed();
      for (const { request } of this.#handshake.drain()) this.#give(withId(answer, request.id), request.id);
      return;
    }
    if (this.#handshake.answered(answer)) this.#toServer(writeNotification('notifications/initialized'));
    for (const { request, envelope } of this.#handshake.drain()) this.#dispatch(request, envelope);
  }

  #exchanged(exchange: Exchange, answer: McpResult | McpError): void {
    const { method } = exchange.request;
    exchange.serverId = undefined;
    // What it still asked is of no use to it any more.
    exchange.queued = [];
    if (answer.kind === 'result') {
      const literal = modernResult(answer, method);
      this.#finish(exchange, (clientId) => composeResult(clientId, literal));
      return;
    }
    if (answer.code === ERROR_CODES.urlElicitationRequired && this.#askPages(exchange, answer)) return;
    const isMissing = answer.code === ERROR_CODES.resourceNotFound;
    const passing = isMissing
      ? { code: ERROR_CODES.invalidParams, message: answer.message, data: dataOf(answer) }
      : undefined;
    this.#finish(exchange, (clientId) =>
      passing === undefined ? withId(answer, clientId) : writeError(clientId, passing),
    );
  }

  /** Pages that somebody has to visit before the request is worth another try. */
  #askPages(exchange: Exchange, { data, text }: McpError): boolean {
    const pages = askedPages(data).slice(0, this.#limits.maxQuestions);
    const { clientId, capabilities, request } = exchange;
    const isAble = pages.every((params) => mayAsk({ method: 'elicitation/create', params }, capabilities));
    if (pages.length === 0 || !isAble || clientId === undefined || !ASKING_METHODS.has(request.method)) return false;
    exchange.queued = pages.map((page, at) => ({
      key: `page-${at + 1}`,
      method: 'elicitation/create',
      params: editedObject(text, page, { elicitationId: undefined }),
      serverId: undefined,
    }));
    this.#park(exchange, clientId);
    return true;
  }

  #finish(exchange: Exchange, write: (clientId: RequestId) => McpMessage): void {
    const clientId = this.#exchanges.release(exchange);
    if (clientId === undefined) exchange.outcome = write;
    else this.#give(write(clientId), clientId);
  }

  #serverAsked(request: McpRequest, relatedTo: RequestId | undefined): void {
    const { id, method, params, text } = request;
    if (method === 'ping') {
      this.#toServer(writeResult(id, {}));
      return;
    }
    // The first of this id waits: an answer would be to both.
    if (this.#exchanges.isAsked(id)) return;
    const question = { method, ...(params !== undefined && { params }) };
    const exchange = this.#exchanges.askable(this.#related(relatedTo));
    if (exchange === undefined || !mayAsk(question, exchange.capabilities)) {
      this.#toServer(refusal(id, ERROR_CODES.methodNotFound, 'the client cannot be asked this now'));
      return;
    }
    if (exchange.queued.length + exchange.asked.length >= this.#limits.maxQuestions) {
      this.#toServer(refusal(id, ERROR_CODES.internal, 'more questions wait for an answer than the limit'));
      return;
    }
    this.#count += 1;
    const changes = { _meta: undefined, task: undefined, elicitationId: undefined };
    const given = params === undefined ? undefined : editedObject(text, params, changes);
    exchange.queued.push({ key: `question-${this.#count}`, method, params: given, serverId: id });
    if (exchange.clientId !== undefined) this.#park(exchange, exchange.clientId);
  }

  /** The exchange in whose stream something of the server's came. */
  #related(relatedTo: RequestId | undefined): Exchange | undefined {
    const errand = relatedTo === undefined ? undefined : this.#errands.get(relatedTo);
    return errand?.kind === 'exchange' ? errand.exchange : undefined;
  }

  #park(exchange: Exchange, clientId: RequestId): void {
    this.#exchanges.release(exchange);
    const told = this.#parked.park(exchange, clientId);
    if (told !== undefined) {
      this.#give(told, clientId);
      return;
    }
    exchange.clientId = clientId;
    this.#giveUp(exchange);
    const sentence = 'the server asked for input more often than the limit';
    this.#give(failure(clientId, exchange.request.method, sentence), clientId);
  }

  #serverTold(notification: McpNotification, relatedTo: RequestId | undefined): void {
    switch (notification.method) {
      case 'notifications/progress':
        this.#notice(progressNotice(notification, this.#exchanges.waiting));
        return;
      case 'notifications/message':
        this.#notice(logNotice(notification, this.#exchanges.hearers(this.#related(relatedTo))));
        return;
      case 'notifications/cancelled':
        this.#exchanges.takeBack(notification);
        return;
      case 'notifications/elicitation/complete':
        return;
      default:
        this.#listens.heard(notification);
    }
  }

  #notice(notice: Notice | undefined): void {
    if (notice !== undefined) this.#give(notice.message, notice.clientId);
  }

  #lost(id: RequestId, reason: LostReason): void {
    const errand = this.#errands.take(id);
    if (isFault(errand)) return;
    if (errand.kind === 'watch') errand.settled(false);
    else if (errand.kind === 'handshake') {
      this.#handshake.failed();
      for (const { request } of this.#handshake.drain()) this.incoming.give({ kind: 'lost', id: request.id, reason });
    } else if (errand.kind === 'exchange') {
      const { exchange } = errand;
      exchange.serverId = undefined;
      const clientId = this.#exchanges.release(exchange);
      if (clientId === undefined) exchange.outcome = reason;
      else this.incoming.give({ kind: 'lost', id: clientId, reason });
    }
  }

  #ended(reason: Extract<Incoming, { kind: 'ended' }>['reason']): void {
    const early = this.#handshake.drain().map(({ request }) => request.id);
    for (const id of [...early, ...this.#exchanges.drain(), ...this.#listens.ids]) {
      this.incoming.give({ kind: 'lost', id, reason: 'gone' });
    }
    this.#errands.drain();
    this.incoming.give({ kind: 'ended', reason });
  }

  #errand(method: string, params: Readonly<Record<string, unknown>>, errand: Errand): boolean {
    const id = this.#nextId();
    if (this.#errands.add(id, errand) !== undefined) return false;
    this.#toServer(writeRequest(id, method, params));
    return true;
  }

  #nextId(): RequestId {
    this.#count += 1;
    return this.#count;
  }

  #give(message: McpMessage, relatedTo: RequestId | undefined): void {
    this.incoming.give({ kind: 'message', message, ...(relatedTo !== undefined && { relatedTo }) });
  }

  /** In order: what is handed on later is not there before. */
  #toServer(message: McpMessage): void {
    this.#sent = this.#end.send(message);
  }
}

function crowded(id: RequestId): McpMessage {
  return refusal(id, ERROR_CODES.internal, 'more requests are under way than the limit');
}

function dataOf({ data, text }: McpError): unknown {
  return data === undefined ? undefined : JSON.parse(text.slice(data.start, data.end));
}
