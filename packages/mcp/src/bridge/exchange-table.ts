import { memberOf } from '@sallyport/wire';
import type { McpNotification, RequestId } from '../message/message.ts';
import { idKey, idOf } from '../message/request-id.ts';
import { ASKING_METHODS } from './answers.ts';
import { asks, type Exchange, takeBack } from './exchange.ts';
import type { ParkedExchanges } from './parked-exchanges.ts';

/** Exchanges of a client of 2026-07-28: those for which it waits, and those that wait for it. */
export class ExchangeTable {
  readonly #waiting = new Map<string, Exchange>();
  readonly #parked: ParkedExchanges;

  constructor(parked: ParkedExchanges) {
    this.#parked = parked;
  }

  /** For how many the client waits. */
  get size(): number {
    return this.#waiting.size;
  }

  get(clientId: RequestId): Exchange | undefined {
    return this.#waiting.get(idKey(clientId));
  }

  /** The client waits for it, under this id. */
  await(exchange: Exchange, clientId: RequestId): void {
    exchange.clientId = clientId;
    this.#waiting.set(idKey(clientId), exchange);
  }

  /** The client waits no more. @returns under which id it did */
  release({ clientId }: Exchange): RequestId | undefined {
    if (clientId !== undefined) this.#waiting.delete(idKey(clientId));
    return clientId;
  }

  /** The one in which a client can be asked: that with which the question came, else the oldest that allows it. */
  askable(related: Exchange | undefined): Exchange | undefined {
    const all = [...(related === undefined ? [] : [related]), ...this.#all()];
    return all.find(({ request, serverId }) => serverId !== undefined && ASKING_METHODS.has(request.method));
  }

  /** Those to which a line of a log may go: the one that it came with, else all, the newest first. */
  hearers(related: Exchange | undefined): readonly Exchange[] {
    return related === undefined ? [...this.#waiting.values()].reverse() : [related];
  }

  /** Those for which the client waits, the oldest first. */
  get waiting(): Iterable<Exchange> {
    return this.#waiting.values();
  }

  /** Whether the server waits for the answer to a question of this id. */
  isAsked(id: RequestId): boolean {
    return this.#all().some((exchange) => asks(exchange, id));
  }

  /** The server doesn't want to know something any more. */
  takeBack({ params, text }: McpNotification): void {
    const id = idOf(memberOf(params, 'requestId'), text);
    if (id === undefined) return;
    for (const exchange of this.#all()) takeBack(exchange, id);
  }

  /** All is over. @returns ids of what the client waited for */
  drain(): readonly RequestId[] {
    this.#parked.drain();
    const ids = [...this.#waiting.values()].flatMap(({ clientId }) => clientId ?? []);
    this.#waiting.clear();
    return ids;
  }

  #all(): readonly Exchange[] {
    return [...this.#waiting.values(), ...this.#parked.all];
  }
}
