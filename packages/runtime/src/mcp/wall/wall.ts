import { type ErrorCode, knownError, type SallyportError } from '@sallyport/core';
import {
  claimedVersion,
  type Incoming,
  type LostReason,
  type McpAnswer,
  type McpEnd,
  type McpMessage,
  type McpNotification,
  type McpRequest,
  META,
  type RequestId,
  type SendContext,
  withId,
  withProgressToken,
  withTrace,
  writeNotification,
  writeRequest,
  writeResult,
} from '@sallyport/mcp';
import { memberOf, numberOf, stringOf } from '@sallyport/wire';
import type { CallBook } from '../links/call-book.ts';
import type { OpenRounds } from '../links/open-rounds.ts';
import type { ResultBook } from '../links/result-book.ts';
import { admitAnswer, LIST } from './admit-answer.ts';
import { admitCall } from './admit-call.ts';
import { admitRequest } from './admit-request.ts';
import { type Approver, AskClient, ELICIT_MAX_MS } from './ask-client.ts';
import type { RoundBinding } from './ask-in-rounds.ts';
import type { McpConversation } from './conversation.ts';
import { CALL, type Carried, type Crossing, openCrossing, type SideName } from './crossing.ts';
import type { Scene } from './guarded-server.ts';
import { passNotification } from './pass-notification.ts';
import { CODES, fail, sendTo } from './refusals.ts';
import { SessionTerms } from './session-terms.ts';
import { type Awaited, Side } from './side.ts';
import { type ShelvedTool, ToolShelf } from './tool-shelf.ts';
import { type Admission, turnAway } from './turn-away.ts';

/** Pages of a list of tools that are asked for; what is beyond is not offered. */
export const TOOL_PAGES_MAX = 64;

export interface WallParts {
  readonly client: McpEnd;
  readonly server: McpEnd;
  readonly scene: Scene;
  readonly approver: Approver;
  /** What binds the questions that a client brings back to it. */
  readonly rounds: RoundBinding;
  /** What the agent at the client has read and called so far, at all servers. */
  readonly conversation: () => McpConversation;
  /** Page on which a person can let the gateway in at the server, where it isn't let in. */
  readonly consent?: () => string | undefined;
  /** What models called, and what tools returned: what links the two doors. */
  readonly calls: CallBook;
  readonly results: ResultBook;
  /** Calls whose servers want to know more. */
  readonly openRounds: OpenRounds;
}

/** What a lost request means, as its asker is told and the record says. */
const LOST: Readonly<Record<LostReason, ErrorCode>> = {
  silent: 'UPSTREAM_TIMEOUT',
  gone: 'UPSTREAM_UNREACHABLE',
  refused: 'UPSTREAM_UNREACHABLE',
  unreadable: 'UPSTREAM_GARBAGE',
  'too-large': 'UPSTREAM_TOO_LARGE',
};

/** Which side of a session was gone first, and why. */
export interface SessionEnd {
  readonly side: SideName;
  readonly reason: LostReason | 'closed';
}

/**
 * One session between a client and a server: no message passes that was not observed, detected on, decided on, enforced and, where it
 * asks or answers, recorded.
 */
export class Wall {
  private readonly parts: WallParts;
  private readonly client: Side;
  private readonly server: Side;
  private readonly shelf = new ToolShelf();
  private readonly terms = new SessionTerms();
  private isOver = false;
  private end: SessionEnd = { side: 'client', reason: 'closed' };
  private readonly asking: AskClient;
  private envelope: Readonly<Record<string, unknown>> | undefined;
  private learning: Promise<void> | undefined;

  constructor(parts: WallParts) {
    const { client, server, scene, approver, rounds } = parts;
    this.parts = parts;
    this.client = new Side('client', client);
    this.server = new Side('server', server);
    const ask = (request: (id: number) => McpMessage, about: Crossing) => this.askClient(request, about);
    this.asking = new AskClient({ scene, approver, rounds, ask });
  }

  /** Requests of either side that have no answer yet. */
  get underWay(): number {
    return this.client.asks.size + this.server.asks.size;
  }

  /** Resolves when one side is gone, the other one closed, and every request has its end in the record. */
  async run(): Promise<SessionEnd> {
    await Promise.all([this.pump(this.client, this.server), this.pump(this.server, this.client)]);
    return this.end;
  }

  private async pump(side: Side, other: Side): Promise<void> {
    for await (const incoming of side.end.incoming) await this.take(incoming, side, other);
    this.isOver = true;
    for (const { asks } of [this.client, this.server]) for (const { stop } of asks.values()) stop.abort();
    const lost = [...side.takeAll()];
    for (const ask of [...side.asks.values()]) await this.abandon(ask, side, other);
    for (const awaited of lost) await this.lose(awaited, 'gone', other);
    await other.end.close();
  }

  private async take(incoming: Incoming, side: Side, other: Side): Promise<void> {
    if (incoming.kind === 'ended') {
      if (!this.isOver) this.end = { side: side.name, reason: incoming.reason };
      return;
    }
    if (incoming.kind === 'lost') {
      const awaited = side.take(incoming.id);
      if (awaited !== undefined) await this.lose(awaited, incoming.reason, other);
      return;
    }
    const { message, relatedTo, trace } = incoming;
    if (message.kind === 'notification') return this.notify(message, this.relatedIn(side, relatedTo), side);
    // One that waits for a human, or for the disk, keeps no other one waiting.
    if (message.kind === 'request') void this.request({ message, trace }, this.relatedIn(side, relatedTo), side);
    else void this.answer(message, side, other);
  }

  private async request(carried: Carried, related: Crossing | undefined, side: Side): Promise<void> {
    const other = this.otherThan(side);
    const { message } = carried;
    const { id, method } = message;
    const { scene } = this.parts;
    if (method === 'ping') return side.end.send(writeResult(id, {}));
    if (side.asks.has(id)) return side.end.send(fail({ id }, CODES.invalidRequest, 'BODY_SHAPE'));
    if (side.asks.size >= scene.server.maxPending) {
      return side.end.send(fail({ id }, CODES.crowded, 'OVERLOADED'));
    }
    const crossing = openCrossing(side.name, carried, scene);
    if (this.isOver) crossing.stop.abort();
    side.asks.set(id, crossing);
    try {
      const admission = await this.admit(crossing, message);
      if (crossing.isOver) return await crossing.records.closed('client-aborted');
      if (!admission.goesOn) return await this.reply(crossing, admission.answer, side);
      crossing.sentAs = other.await({ kind: 'crossing', crossing });
      crossing.progressAs = side.progressOf(crossing);
      const span = crossing.records.sent();
      const told = withTrace(admission.message, span?.context);
      const passing = underToken(withId(told, crossing.sentAs), crossing.progress, crossing.progressAs);
      await other.end.send(passing, contextOf(related));
    } catch (error) {
      await this.broke(error, crossing, side);
    }
  }

  private admit(crossing: Crossing, message: McpRequest): Promise<Admission> {
    const { scene, conversation, calls, openRounds: rounds } = this.parts;
    const { shelf } = this;
    if (crossing.from === 'client') this.introduced(message);
    if (!this.terms.mayAsk(crossing.from, message)) {
      return turnAway(crossing, message, { fault: 'METHOD_UNKNOWN', code: CODES.unknownMethod });
    }
    if (crossing.from !== 'client' || message.method !== CALL) return admitRequest(crossing, message, scene);
    return admitCall(crossing, message, {
      scene,
      shelf,
      conversation: conversation(),
      calls,
      rounds,
      toolOf: (name) => this.toolOf(name),
      asking: this.asking,
    });
  }

  /** What a client says of itself: once, or with every request, and then the wall's own requests say it too. */
  private introduced(message: McpRequest): void {
    this.asking.introduced(message);
    this.terms.asked(message);
    const meta = memberOf(message.params, '_meta');
    if (claimedVersion(message.params) === undefined || meta?.kind !== 'object') return;
    const said = meta.members.filter(({ key }) => ENVELOPE.has(key.value));
    this.envelope = Object.fromEntries(
      said.map(({ key, value }) => [key.value, JSON.parse(message.text.slice(value.start, value.end))]),
    );
  }

  private async answer(message: McpAnswer, side: Side, other: Side): Promise<void> {
    // What answers nothing that is still waited for goes nowhere.
    const awaited = message.id === undefined ? undefined : side.take(message.id);
    if (awaited === undefined) return;
    if (awaited.kind === 'own') return awaited.answered(message);
    const { crossing } = awaited;
    try {
      await this.reply(crossing, await this.admitted(crossing, message), other);
    } catch (error) {
      await this.broke(error, crossing, other);
    }
  }

  /** The answer as it may go back; a list of tools is learnt from on the way. */
  private async admitted(crossing: Crossing, message: McpAnswer): Promise<McpAnswer> {
    const { scene, conversation, results, openRounds: rounds } = this.parts;
    const { shelf } = this;
    const { change } = shelf;
    if (crossing.from === 'client' && crossing.method === 'initialize') this.terms.answered(message);
    const isList = crossing.from === 'client' && crossing.method === LIST && message.kind === 'result';
    if (isList && crossing.cursor === undefined) shelf.clear();
    const parts = { scene, shelf, results, rounds, conversation: conversation() };
    const back = await admitAnswer(crossing, message, parts);
    const isLast = isList && stringOf(message.result, 'nextCursor') === undefined;
    if (isLast && shelf.change === change) shelf.isStale = false;
    return back;
  }

  private async reply(crossing: Crossing, answer: McpAnswer, asker: Side): Promise<void> {
    if (crossing.isOver) return;
    crossing.isOver = true;
    asker.asks.delete(crossing.id);
    await asker.end.send(withId(answer, crossing.id));
  }

  private async notify(message: McpNotification, related: Crossing | undefined, side: Side): Promise<void> {
    const other = this.otherThan(side);
    const { method, params } = message;
    if (!this.terms.mayTell(side.name, method)) return;
    if (method === 'notifications/cancelled') return this.cancel(idOf(params, 'requestId'), side, other);
    if (side.name === 'server' && method === 'notifications/tools/list_changed') this.shelf.changed();
    const about = method === 'notifications/progress' ? other.askOf(idOf(params, 'progressToken')) : undefined;
    // Progress of what nobody asked for, or not any more.
    if (method === 'notifications/progress' && about === undefined) return;
    try {
      const { scene } = this.parts;
      const tool = scene.server.tellsResults === true ? related?.name : undefined;
      const passing = await passNotification(message, { from: side.name, tool }, scene);
      if (passing === undefined) return;
      await other.end.send(underToken(passing, about?.progressAs, about?.progress), contextOf(about ?? related));
    } catch (error) {
      this.parts.scene.house.report(knownError(error), '');
    }
  }

  /** The client's request in the middle of which a server says something, where that is known. */
  private relatedIn(side: Side, relatedTo: RequestId | undefined): Crossing | undefined {
    if (side.name !== 'server') return undefined;
    return relatedTo === undefined ? this.client.onlyAsk : side.crossingOf(relatedTo);
  }

  private async cancel(id: RequestId | undefined, side: Side, other: Side): Promise<void> {
    const crossing = id === undefined ? undefined : side.asks.get(id);
    if (crossing !== undefined) await this.abandon(crossing, side, other);
  }

  /** Nobody waits for this any more: whoever works on it is told. */
  private async abandon(crossing: Crossing, side: Side, other: Side): Promise<void> {
    crossing.isOver = true;
    side.asks.delete(crossing.id);
    crossing.stop.abort();
    const { sentAs, records } = crossing;
    if (sentAs === undefined) return;
    other.take(sentAs);
    await other.end.send(writeNotification('notifications/cancelled', { requestId: sentAs }));
    await records.closed('client-aborted').catch((error: unknown) => this.report(error, crossing));
  }

  private async lose(awaited: Awaited, reason: LostReason, asker: Side): Promise<void> {
    if (awaited.kind === 'own') return awaited.answered(undefined);
    const { crossing } = awaited;
    const fault = LOST[reason];
    await crossing.records.closed('upstream-failed', { fault }).catch((error: unknown) => this.report(error, crossing));
    const consent = reason === 'refused' ? this.parts.consent?.() : undefined;
    await this.reply(
      crossing,
      consent === undefined ? fail(crossing, CODES.lost, fault) : sendTo(consent, crossing),
      asker,
    );
  }

  /** Something of ours broke: nothing passes, and its asker is told. */
  private async broke(error: unknown, crossing: Crossing, asker: Side): Promise<void> {
    const { code } = this.report(error, crossing);
    if (crossing.sentAs !== undefined) this.otherThan(asker).take(crossing.sentAs);
    await crossing.records.closed('internal-error', { fault: code }).catch(() => undefined);
    await this.reply(crossing, fail(crossing, CODES.internal, code), asker);
  }

  private otherThan(side: Side): Side {
    return side === this.client ? this.server : this.client;
  }

  private report(error: unknown, { records }: Crossing): SallyportError {
    const known = knownError(error);
    this.parts.scene.house.report(known, records.id);
    return known;
  }

  /** What a tool is by now: asked of the server where nobody knows, or where it said that its tools are others. */
  private async toolOf(name: string): Promise<ShelvedTool | undefined> {
    if (this.shelf.isStale) {
      this.learning ??= this.learn().finally(() => {
        this.learning = undefined;
      });
      await this.learning;
    }
    return this.shelf.get(name, this.parts.scene.server.isWhole);
  }

  private async learn(): Promise<void> {
    let cursor: string | undefined;
    for (let page = 0; page < TOOL_PAGES_MAX; page += 1) {
      const params = {
        ...(cursor !== undefined && { cursor }),
        ...(this.envelope !== undefined && { _meta: this.envelope }),
      };
      const crossing = openCrossing('client', { message: writeRequest(0, LIST, params) }, this.parts.scene);
      await crossing.records.opened(NO_BYTES, { rulings: [], effect: 'allow' });
      crossing.records.sent();
      const answer = await this.askServer((id) => writeRequest(id, LIST, params));
      if (answer?.kind !== 'result') return crossing.records.closed('upstream-failed', { fault: 'UPSTREAM_BROKEN' });
      await this.admitted(crossing, answer);
      cursor = stringOf(answer.result, 'nextCursor');
      if (cursor === undefined) return;
    }
  }

  /** A request of our own: a server that is silent is lost by what carries its messages. */
  private askServer(request: (id: number) => McpMessage): Asked {
    return new Promise((resolve) => {
      void this.server.end.send(request(this.server.await({ kind: 'own', answered: resolve })));
    });
  }

  /** A question of our own: it is called off when nobody waits for what it is about, and when it was not answered for too long. */
  private askClient(request: (id: number) => McpMessage, { id: relatedTo, stop }: Crossing): Asked {
    const { client, parts } = this;
    if (stop.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const answered = (answer: McpAnswer | undefined) => {
        keepOpen();
        stop.removeEventListener('abort', callOff);
        resolve(answer);
      };
      const id = client.await({ kind: 'own', answered });
      const callOff = () => {
        client.take(id);
        void client.end.send(writeNotification('notifications/cancelled', { requestId: id }), { relatedTo });
        answered(undefined);
      };
      const keepOpen = parts.scene.house.clock.after(ELICIT_MAX_MS, callOff);
      stop.addEventListener('abort', callOff);
      void client.end.send(request(id), { relatedTo });
    });
  }
}

type Asked = Promise<McpAnswer | undefined>;

/** What every request of 2026-07-28 says of its client. */
const ENVELOPE: ReadonlySet<string> = new Set([META.protocolVersion, META.clientInfo, META.clientCapabilities]);

const NO_BYTES = new Uint8Array(0);

/** A message under the name that its receiver has for the progress of a request. */
function underToken<M extends McpRequest | McpNotification>(
  message: M,
  from: RequestId | undefined,
  to: RequestId | undefined,
): M {
  return to === undefined || from === to ? message : withProgressToken(message, to);
}

function contextOf(related: Crossing | undefined): SendContext {
  return related === undefined ? {} : { relatedTo: related.id };
}

function idOf(params: Parameters<typeof memberOf>[0], member: string): RequestId | undefined {
  return stringOf(params, member) ?? numberOf(params, member);
}
