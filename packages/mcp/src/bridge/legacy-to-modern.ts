import { isFault } from '@sallyport/core';
import { encodeLiteral, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import type { Incoming, LostReason, McpEnd, SendContext } from '../end.ts';
import { composeNotification, composeRequest, composeResult, editedObject } from '../message/compose-message.ts';
import type { McpError, McpMessage, McpNotification, McpRequest, McpResult, RequestId } from '../message/message.ts';
import { idKey, idOf } from '../message/request-id.ts';
import { withId } from '../message/with-id.ts';
import { writeNotification, writeResult } from '../message/write-message.ts';
import { META } from '../revision/envelope.ts';
import { ERROR_CODES } from '../revision/error-codes.ts';
import { gravityOf } from '../revision/log-levels.ts';
import { maySay } from '../revision/methods.ts';
import { MODERN } from '../revision/revisions.ts';
import { PendingRequests } from '../session/pending-requests.ts';
import { ASKING_METHODS, failure, refusal } from './answers.ts';
import { BRIDGE_LIMITS, type BridgeLimits, type BridgeParts } from './bridge-parts.ts';
import { initializeResult, legacyResult } from './legacy-results.ts';
import { ListenFeed } from './listen-feed.ts';
import { MergedIncoming } from './merged-incoming.ts';
import { type AskedCall, QuestionRounds, type RoundAnswers } from './question-rounds.ts';

/** A request of the client under way. */
interface Call extends AskedCall {
  readonly request: McpRequest;
  /** Under which the server knows it now; none while the client is asked. */
  serverId: RequestId | undefined;
}

/** What a request to the server is for. */
type Errand = { readonly kind: 'call'; readonly call: Call } | { readonly kind: 'listen' };

/** Notifications of a server of 2026-07-28 that come with a subscription. */
const OF_SUBSCRIPTIONS: ReadonlySet<string> = new Set([
  'notifications/subscriptions/acknowledged',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
]);

/** A server of 2026-07-28, as a client of 2025-11-25 knows servers. */
export class LegacyToModern implements McpEnd {
  readonly incoming: MergedIncoming;
  readonly #end: McpEnd;
  readonly #parts: BridgeParts;
  readonly #limits: BridgeLimits;
  readonly #errands: PendingRequests<Errand>;
  readonly #calls = new Map<string, Call>();
  readonly #rounds: QuestionRounds;
  readonly #feed: ListenFeed;
  #count = 0;
  #envelope: Readonly<Record<string, string>> = {
    [META.protocolVersion]: encodeLiteral(MODERN),
    [META.clientCapabilities]: '{}',
  };
  #capabilities: JsonObject | undefined;
  #serverSays: JsonObject | undefined;
  #sent: Promise<void> = Promise.resolve();

  constructor(end: McpEnd, parts: BridgeParts) {
    this.#end = end;
    this.#parts = parts;
    this.#limits = { ...BRIDGE_LIMITS, ...parts.limits };
    this.#errands = new PendingRequests(this.#limits.maxPending);
    this.incoming = new MergedIncoming(end.incoming, (incoming) => this.#heard(incoming));
    this.#rounds = new QuestionRounds({
      clock: parts.clock,
      limits: this.#limits,
      capabilities: () => this.#capabilities,
      give: (message, relatedTo) => this.incoming.give({ kind: 'message', message, relatedTo }),
    });
    this.#feed = new ListenFeed({
      clock: parts.clock,
      maxWatched: this.#limits.maxWatched,
      listen: (notifications) => this.#listen(notifications),
      cancel: (id) => this.#cancelAtServer(id),
      settle: (client, outcome) =>
        this.#give(
          outcome === 'done'
            ? writeResult(client, {})
            : refusal(client, ERROR_CODES.invalidParams, 'the server does not tell of changes of this resource'),
        ),
    });
  }

  async send(message: McpMessage, _context?: SendContext): Promise<void> {
    if (message.kind === 'request') this.#asked(message);
    else if (message.kind === 'notification') this.#told(message);
    else this.#rounds.answered(message);
    await Promise.all([this.#sent, this.incoming.room()]);
  }

  close(): Promise<void> {
    this.#feed.close();
    for (const call of this.#calls.values()) this.#rounds.drop(call);
    return this.#end.close();
  }

  #asked(request: McpRequest): void {
    const { id, method, params } = request;
    // An answer would be anybody's: it is not answered at all.
    if (this.#calls.has(idKey(id))) return;
    if (!maySay(this.#parts.from, 'client', request)) {
      this.#give(refusal(id, ERROR_CODES.methodNotFound, 'method is not known'));
      return;
    }
    switch (method) {
      case 'initialize':
        this.#initialize(request);
        return;
      case 'ping':
        this.#give(writeResult(id, {}));
        return;
      case 'logging/setLevel':
        this.#setLevel(id, stringOf(params, 'level'));
        return;
      case 'resources/subscribe':
      case 'resources/unsubscribe': {
        const uri = stringOf(params, 'uri');
        if (uri === undefined) this.#give(refusal(id, ERROR_CODES.invalidParams, 'address of the resource is missing'));
        else this.#feed.watch(id, uri, method === 'resources/subscribe');
        return;
      }
      default:
        this.#forward(request);
    }
  }

  #initialize(request: McpRequest): void {
    if (this.#capabilities !== undefined) {
      this.#give(refusal(request.id, ERROR_CODES.invalidRequest, 'the handshake is over already'));
      return;
    }
    const { params } = request;
    const capabilities = memberOf(params, 'capabilities');
    const info = memberOf(params, 'clientInfo');
    if (capabilities?.kind !== 'object') {
      this.#give(refusal(request.id, ERROR_CODES.invalidParams, 'capabilities of the client are missing'));
      return;
    }
    this.#capabilities = capabilities;
    this.#envelope = {
      ...this.#envelope,
      [META.clientCapabilities]: editedObject(request.text, capabilities, { tasks: undefined }),
      ...(info?.kind === 'object' && { [META.clientInfo]: request.text.slice(info.start, info.end) }),
    };
    this.#errand(request, (id) => composeRequest(id, 'server/discover', this.#params('{}', undefined, {})));
  }

  #forward(request: McpRequest, answers?: RoundAnswers, again?: Call): void {
    const { method, params, text } = request;
    const more = { inputResponses: answers?.inputResponses, requestState: answers?.requestState, task: undefined };
    this.#errand(request, (id) => composeRequest(id, method, this.#params(text, params, more)), again);
  }

  #errand(request: McpRequest, write: (id: RequestId) => McpRequest, again?: Call): void {
    const { id: clientId, method } = request;
    const call: Call = again ?? { clientId, method, request, rounds: 0, serverId: undefined };
    const id = this.#nextId();
    if (this.#calls.size >= this.#limits.maxPending && again === undefined) {
      this.#give(refusal(clientId, ERROR_CODES.internal, 'more requests are under way than the limit'));
      return;
    }
    if (this.#errands.add(id, { kind: 'call', call }) !== undefined) {
      this.#calls.delete(idKey(clientId));
      this.#give(refusal(clientId, ERROR_CODES.internal, 'more requests are under way than the limit'));
      return;
    }
    call.serverId = id;
    this.#calls.set(idKey(clientId), call);
    this.#toServer(write(id));
  }

  /** Params with what 2026-07-28 wants to be told of the client each time. */
  #params(text: string, params: JsonObject | undefined, more: Readonly<Record<string, string | undefined>>): string {
    const meta = memberOf(params, '_meta');
    const _meta = editedObject(text, meta?.kind === 'object' ? meta : undefined, {
      [META.clientInfo]: undefined,
      [META.logLevel]: undefined,
      [META.serverInfo]: undefined,
      [META.subscriptionId]: undefined,
      ...this.#envelope,
    });
    return editedObject(text, params, { ...more, _meta });
  }

  #setLevel(id: RequestId, level: string | undefined): void {
    if (level === undefined || gravityOf(level) === undefined) {
      this.#give(refusal(id, ERROR_CODES.invalidParams, 'level is not known'));
      return;
    }
    this.#envelope = { ...this.#envelope, [META.logLevel]: encodeLiteral(level) };
    this.#give(writeResult(id, {}));
  }

  #told({ method, params, text }: McpNotification): void {
    if (method === 'notifications/initialized') this.#feed.start(this.#serverSays);
    if (method !== 'notifications/cancelled') return;
    const id = idOf(memberOf(params, 'requestId'), text);
    const call = id === undefined ? undefined : this.#calls.get(idKey(id));
    if (call === undefined || call.method === 'initialize') return;
    this.#calls.delete(idKey(call.clientId));
    this.#rounds.drop(call);
    if (call.serverId === undefined) return;
    this.#errands.take(call.serverId);
    this.#cancelAtServer(call.serverId);
  }

  #listen(notifications: Readonly<Record<string, unknown>>): RequestId | undefined {
    const id = this.#nextId();
    if (this.#errands.add(id, { kind: 'listen' }) !== undefined) return undefined;
    const params = this.#params('', undefined, { notifications: JSON.stringify(notifications) });
    this.#toServer(composeRequest(id, 'subscriptions/listen', params));
    return id;
  }

  #cancelAtServer(requestId: RequestId): void {
    this.#errands.take(requestId);
    this.#toServer(writeNotification('notifications/cancelled', { requestId }));
  }

  #heard(incoming: Incoming): void {
    if (incoming.kind === 'ended') this.#ended(incoming.reason);
    else if (incoming.kind === 'lost') this.#lost(incoming.id, incoming.reason);
    else this.#serverSaid(incoming.message, incoming.relatedTo);
  }

  #serverSaid(message: McpMessage, relatedTo: RequestId | undefined): void {
    if (message.kind === 'request') {
      // A server of this revision asks nothing in this way.
      this.#toServer(refusal(message.id, ERROR_CODES.methodNotFound, 'method is not known'));
    } else if (message.kind === 'notification') this.#serverTold(message, relatedTo);
    else if (message.id !== undefined) this.#serverAnswered(message, message.id);
  }

  #serverTold(notification: McpNotification, relatedTo: RequestId | undefined): void {
    const { method, params, text } = notification;
    if (OF_SUBSCRIPTIONS.has(method)) {
      const message = this.#feed.heard(notification);
      if (message !== undefined) this.#give(message);
    } else if (method === 'notifications/cancelled') {
      const id = idOf(memberOf(params, 'requestId'), text);
      const errand = id === undefined ? undefined : this.#errands.get(id);
      if (id === undefined || errand?.kind !== 'listen') return;
      this.#errands.take(id);
      this.#feed.ended(id);
    } else if (method === 'notifications/progress' || method === 'notifications/message') {
      const errand = relatedTo === undefined ? undefined : this.#errands.get(relatedTo);
      const related = errand?.kind === 'call' ? { relatedTo: errand.call.clientId } : {};
      const passing = composeNotification(method, params === undefined ? '{}' : text.slice(params.start, params.end));
      this.incoming.give({ kind: 'message', message: passing, ...related });
    }
  }

  #serverAnswered(answer: McpResult | McpError, id: RequestId): void {
    const errand = this.#errands.take(id);
    if (isFault(errand)) return;
    if (errand.kind === 'listen') {
      this.#feed.ended(id);
      return;
    }
    const { call } = errand;
    call.serverId = undefined;
    if (answer.kind === 'error') {
      if (call.method === 'initialize') this.#capabilities = undefined;
      this.#settle(call, withId(answer, call.clientId));
    } else if (call.method === 'initialize') this.#discovered(call, answer);
    else this.#resulted(call, answer);
  }

  #discovered(call: Call, answer: McpResult): void {
    const versions = memberOf(answer.result, 'supportedVersions');
    const isSpoken =
      versions?.kind === 'array' && versions.items.some((each) => each.kind === 'string' && each.value === MODERN);
    if (!isSpoken) {
      this.#capabilities = undefined;
      const sentence = 'the server speaks no revision that is known';
      this.#settle(call, refusal(call.clientId, ERROR_CODES.internal, sentence));
      return;
    }
    const result = composeResult(call.clientId, initializeResult(answer, this.#parts.from));
    const capabilities = memberOf(answer.result, 'capabilities');
    if (capabilities?.kind === 'object') this.#serverSays = capabilities;
    this.#settle(call, result);
  }

  #resulted(call: Call, answer: McpResult): void {
    const type = memberOf(answer.result, 'resultType');
    const word = type === undefined ? 'complete' : type.kind === 'string' ? type.value : '';
    if (word === 'complete') {
      this.#settle(call, composeResult(call.clientId, legacyResult(answer, call.method)));
      return;
    }
    if (word !== 'input_required' || !ASKING_METHODS.has(call.method)) {
      this.#settle(call, failure(call.clientId, call.method, 'the server answered in a form that is not known'));
      return;
    }
    const why = this.#rounds.ask(call, answer, (answers) => {
      if (answers !== undefined) this.#forward(call.request, answers, call);
      else this.#settle(call, failure(call.clientId, call.method, 'input that the server asked for was not given'));
    });
    if (why !== undefined) this.#settle(call, failure(call.clientId, call.method, why));
  }

  #settle(call: Call, answer: McpMessage): void {
    this.#calls.delete(idKey(call.clientId));
    this.#give(answer);
  }

  #lost(id: RequestId, reason: LostReason): void {
    const errand = this.#errands.take(id);
    if (isFault(errand)) return;
    if (errand.kind === 'listen') {
      this.#feed.ended(id);
      return;
    }
    const { clientId, method } = errand.call;
    if (method === 'initialize') this.#capabilities = undefined;
    this.#calls.delete(idKey(clientId));
    this.incoming.give({ kind: 'lost', id: clientId, reason });
  }

  #ended(reason: Extract<Incoming, { kind: 'ended' }>['reason']): void {
    this.#feed.close();
    for (const call of this.#calls.values()) {
      this.#rounds.drop(call);
      this.incoming.give({ kind: 'lost', id: call.clientId, reason: 'gone' });
    }
    this.#calls.clear();
    this.#errands.drain();
    this.incoming.give({ kind: 'ended', reason });
  }

  #nextId(): RequestId {
    this.#count += 1;
    return this.#count;
  }

  #give(message: McpMessage): void {
    this.incoming.give({ kind: 'message', message });
  }

  #toServer(message: McpMessage): void {
    this.#sent = this.#end.send(message);
  }
}
