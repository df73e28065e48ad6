import { isFault } from '@sallyport/core';
import { encodeLiteral, memberOf, stringOf } from '@sallyport/wire';
import type { Incoming, LostReason, McpEnd, SendContext } from '../end.ts';
import { composeNotification, composeRequest, composeResult, editedObject } from '../message/compose-message.ts';
import type { McpError, McpMessage, McpNotification, McpRequest, McpResult, RequestId } from '../message/message.ts';
import { idKey, idOf } from '../message/request-id.ts';
import { withId } from '../message/with-id.ts';
import { writeError, writeNotification, writeRequest, writeResult } from '../message/write-message.ts';
import { declares, serverCapability } from '../revision/capabilities.ts';
import { claimedVersion, type Envelope, readEnvelope } from '../revision/envelope.ts';
import { ERROR_CODES } from '../revision/error-codes.ts';
import { gravityOf } from '../revision/log-levels.ts';
import { maySay } from '../revision/methods.ts';
import { MODERN } from '../revision/revisions.ts';
import { PendingRequests } from '../session/pending-requests.ts';
import { ASKING_METHODS, failure, refusal } from './answers.ts';
import { BRIDGE_LIMITS, type BridgeLimits, type BridgeParts } from './bridge-parts.ts';
import { type Exchange, legacyParams, literalOf, type OpenQuestion, tokenOf } from './exchange.ts';
import { LegacyHandshake } from './legacy-handshake.ts';
import { MergedIncoming } from './merged-incoming.ts';
import { ModernListens } from './modern-listens.ts';
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
  readonly #parts: BridgeParts;
  readonly #limits: BridgeLimits;
  readonly #errands: PendingRequests<Errand>;
  /** Exchanges for which the client waits, by its ids. */
  readonly #waiting = new Map<string, Exchange>();
  readonly #early: { readonly request: McpRequest; readonly envelope: Envelope }[] = [];
  readonly #handshake: LegacyHandshake;
  readonly #parked: ParkedExchanges;
  readonly #listens: ModernListens;
  #count = 0;
  /** The least grave level that the server was asked to tell of. */
  #level: number | undefined;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(end: McpEnd, parts: BridgeParts) {
    this.#end = end;
    this.#parts = parts;
    this.#limits = { ...BRIDGE_LIMITS, ...parts.limits };
    this.#errands = new PendingRequests(2 * this.#limits.maxPending + this.#limits.maxWatched);
    this.#handshake = new LegacyHandshake(parts);
    this.incoming = new MergedIncoming(end.incoming, (incoming) => this.#heard(incoming));
    this.#parked = new ParkedExchanges({ parts, limits: this.#limits, expired: (exchange) => this.#giveUp(exchange) });
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
    const { id, method, params } = request;
    // An answer would be anybody's: it is not answered at all.
    if (this.#waiting.has(idKey(id)) || this.#listens.has(id) || this.#isEarly(id)) return;
    const envelope = readEnvelope(params);
    const refused = this.#refusalOf(request, envelope);
    if (refused !== undefined || envelope === undefined) {
      if (refused !== undefined) this.#give(refused, id);
      return;
    }
    if (this.#handshake.state === 'done') {
      this.#dispatch(request, envelope);
      return;
    }
    this.#early.push({ request, envelope });
    if (this.#handshake.state === 'under-way') return;
    const first = this.#handshake.begin(this.#nextId(), envelope, request.text);
    this.#errands.add(first.id, { kind: 'handshake' });
    this.#toServer(first);
  }

  #refusalOf({ id, method, params }: McpRequest, envelope: Envelope | undefined): McpMessage | undefined {
    const claimed = claimedVersion(params);
    if (claimed !== undefined && claimed !== MODERN) {
      return writeError(id, {
        code: ERROR_CODES.unsupportedProtocolVersion,
        message: 'protocol version is not supported',
        data: { supported: [MODERN], requested: claimed },
      });
    }
    if (envelope === undefined) return refusal(id, ERROR_CODES.invalidParams, 'what a request says of its client is missing');
    if (!maySay(MODERN, 'client', { kind: 'request', method })) {
      return refusal(id, ERROR_CODES.methodNotFound, 'method is not known');
    }
    return this.#waiting.size + this.#early.length >= this.#limits.maxPending
      ? refusal(id, ERROR_CODES.internal, 'more requests are under way than the limit')
      : undefined;
  }

  #isEarly(id: RequestId): boolean {
    return this.#early.some(({ request }) => idKey(request.id) === idKey(id));
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

  #begin(request: McpRequest, { capabilities, logLevel }: Envelope): void {
    const needed = serverCapability(request.method);
    if (needed !== undefined && !declares(this.#handshake.capabilities, needed)) {
      this.#give(refusal(request.id, ERROR_CODES.methodNotFound, 'the server has nothing of this kind'), request.id);
      return;
    }
    const token = tokenOf(request);
    const exchange: Exchange = {
      name: this.#parked.name(),
      request,
      clientId: undefined,
      serverId: undefined,
      capabilities,
      gravity: gravityOf(logLevel),
      token,
      clientToken: token,
      rounds: 0,
      asked: [],
      queued: [],
      outcome: undefined,
      callOff: () => undefined,
    };
    this.#await(exchange, request.id);
    this.#forward(exchange);
  }

  #await(exchange: Exchange, clientId: RequestId): void {
    exchange.clientId = clientId;
    this.#waiting.set(idKey(clientId), exchange);
    const { gravity } = exchange;
    if (gravity === undefined || (this.#level !== undefined && this.#level <= gravity)) return;
    if (!declares(this.#handshake.capabilities, ['logging'])) return;
    this.#level = gravity;
    const level = stringOf(memberOf(exchange.request.params, '_meta'), 'io.modelcontextprotocol/logLevel');
    this.#errand('logging/setLevel', { level }, { kind: 'other' });
  }

  #forward(exchange: Exchange): void {
    const { request } = exchange;
    const id = this.#nextId();
    if (this.#errands.add(id, { kind: 'exchange', exchange }) !== undefined) {
      this.#finish(exchange, (clientId) =>
        refusal(clientId, ERROR_CODES.internal, 'more requests are under way than the limit'),
      );
      return;
    }
    exchange.serverId = id;
    this.#toServer(composeRequest(id, request.method, legacyParams(request)));
  }

  #resume(request: McpRequest, { capabilities, logLevel }: Envelope): void {
    const resumed = this.#parked.resume(request);
    if (resumed === undefined) {
      const sentence = 'request state is not one that this request can go on with';
      this.#give(refusal(request.id, ERROR_CODES.invalidParams, sentence), request.id);
      return;
    }
    const { exchange, answered, open } = resumed;
    exchange.request = request;
    exchange.capabilities = capabilities;
    exchange.gravity = gravityOf(logLevel);
    exchange.clientToken = tokenOf(request);
    exchange.queued = [...open, ...exchange.queued];
    this.#await(exchange, request.id);
    for (const { question, answer } of answered) {
      if (question.serverId !== undefined) this.#toServer(composeResult(question.serverId, answer));
    }
    const { outcome } = exchange;
    if (outcome === 'lost') {
      this.#waiting.delete(idKey(request.id));
      this.incoming.give({ kind: 'lost', id: request.id, reason: 'gone' });
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
    const early = this.#early.findIndex(({ request }) => idKey(request.id) === idKey(id));
    if (early >= 0) this.#early.splice(early, 1);
    const exchange = this.#waiting.get(idKey(id));
    if (exchange !== undefined) this.#giveUp(exchange);
  }

  /** Nobody waits for it any more, and the server is told. */
  #giveUp(exchange: Exchange): void {
    const { clientId, serverId, asked, queued } = exchange;
    if (clientId !== undefined) this.#waiting.delete(idKey(clientId));
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
      for (const { request } of this.#early.splice(0)) this.#give(withId(answer, request.id), request.id);
      return;
    }
    if (this.#handshake.answered(answer)) this.#toServer(writeNotification('notifications/initialized'));
    for (const { request, envelope } of this.#early.splice(0)) this.#dispatch(request, envelope);
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
    const { clientId } = exchange;
    if (clientId === undefined) {
      exchange.outcome = write;
      return;
    }
    this.#waiting.delete(idKey(clientId));
    this.#give(write(clientId), clientId);
  }

  #serverAsked(request: McpRequest, relatedTo: RequestId | undefined): void {
    const { id, method, params, text } = request;
    if (method === 'ping') {
      this.#toServer(writeResult(id, {}));
      return;
    }
    const question = { method, ...(params !== undefined && { params }) };
    const exchange = this.#askable(relatedTo);
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

  /** The exchange in which a client can be asked: the one that the question came with, else the oldest that allows it. */
  #askable(relatedTo: RequestId | undefined): Exchange | undefined {
    const errand = relatedTo === undefined ? undefined : this.#errands.get(relatedTo);
    const related = errand?.kind === 'exchange' ? [errand.exchange] : [];
    const all = [...related, ...this.#waiting.values(), ...this.#parked.all];
    return all.find(({ request, serverId }) => serverId !== undefined && ASKING_METHODS.has(request.method));
  }

  #park(exchange: Exchange, clientId: RequestId): void {
    this.#waiting.delete(idKey(clientId));
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
        this.#progressed(notification);
        return;
      case 'notifications/message':
        this.#logged(notification, relatedTo);
        return;
      case 'notifications/cancelled':
        this.#takenBack(notification);
        return;
      case 'notifications/elicitation/complete':
        return;
      default:
        this.#listens.heard(notification);
    }
  }

  #progressed({ method, params, text }: McpNotification): void {
    const token = literalOf(memberOf(params, 'progressToken'), text);
    for (const { token: own, clientToken, clientId } of this.#waiting.values()) {
      if (token === undefined || own !== token || clientToken === undefined) continue;
      this.#give(composeNotification(method, editedObject(text, params, { progressToken: clientToken })), clientId);
      return;
    }
  }

  /** A line of a log goes to the request that it came with, or to one that wants to hear as much. */
  #logged({ method, params, text }: McpNotification, relatedTo: RequestId | undefined): void {
    const gravity = gravityOf(stringOf(params, 'level'));
    if (gravity === undefined || params === undefined) return;
    const errand = relatedTo === undefined ? undefined : this.#errands.get(relatedTo);
    const candidates = errand?.kind === 'exchange' ? [errand.exchange] : [...this.#waiting.values()].reverse();
    const hearer = candidates.find((each) => each.gravity !== undefined && each.gravity <= gravity);
    if (hearer?.clientId === undefined) return;
    this.#give(composeNotification(method, text.slice(params.start, params.end)), hearer.clientId);
  }

  /** The server doesn't want to know any more. */
  #takenBack({ params, text }: McpNotification): void {
    const id = idOf(memberOf(params, 'requestId'), text);
    if (id === undefined) return;
    const isOther = ({ serverId }: OpenQuestion) => serverId === undefined || idKey(serverId) !== idKey(id);
    for (const exchange of [...this.#waiting.values(), ...this.#parked.all]) {
      exchange.queued = exchange.queued.filter(isOther);
      exchange.asked = exchange.asked.map((each) => (isOther(each) ? each : { ...each, serverId: undefined }));
    }
  }

  #lost(id: RequestId, reason: LostReason): void {
    const errand = this.#errands.take(id);
    if (isFault(errand)) return;
    if (errand.kind === 'watch') errand.settled(false);
    else if (errand.kind === 'handshake') {
      this.#handshake.failed();
      for (const { request } of this.#early.splice(0)) this.incoming.give({ kind: 'lost', id: request.id, reason });
    } else if (errand.kind === 'exchange') {
      const { exchange } = errand;
      exchange.serverId = undefined;
      if (exchange.clientId === undefined) {
        exchange.outcome = 'lost';
        return;
      }
      this.#waiting.delete(idKey(exchange.clientId));
      this.incoming.give({ kind: 'lost', id: exchange.clientId, reason });
    }
  }

  #ended(reason: Extract<Incoming, { kind: 'ended' }>['reason']): void {
    this.#parked.drain();
    const early = this.#early.splice(0).map(({ request }) => request.id);
    const waiting = [...this.#waiting.values()].flatMap(({ clientId }) => clientId ?? []);
    this.#waiting.clear();
    for (const id of [...early, ...waiting, ...this.#listens.ids]) {
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

function dataOf({ data, text }: McpError): unknown {
  return data === undefined ? undefined : JSON.parse(text.slice(data.start, data.end));
}
