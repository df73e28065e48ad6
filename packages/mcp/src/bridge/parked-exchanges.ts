import { randomUUID } from 'node:crypto';
import { encodeLiteral, memberOf } from '@sallyport/wire';
import { composeResult } from '../message/compose-message.ts';
import type { McpMessage, McpRequest, RequestId } from '../message/message.ts';
import type { BridgeLimits, BridgeParts } from './bridge-parts.ts';
import { digestOf, type Exchange, literalOf, type OpenQuestion } from './exchange.ts';
import { answersQuestion } from './question.ts';
import { openState, sealState } from './request-state.ts';

/** What parked exchanges need of their bridge. */
export interface ParkingHouse {
  readonly parts: Pick<BridgeParts, 'key' | 'client' | 'clock'>;
  readonly limits: BridgeLimits;
  /** The client did not come back in time. */
  readonly expired: (exchange: Exchange) => void;
}

/** A client that came back: its exchange, and what it answered. */
export interface Resumed {
  readonly exchange: Exchange;
  readonly answered: readonly { readonly question: OpenQuestion; readonly answer: string }[];
  /** Questions that it left out. */
  readonly open: readonly OpenQuestion[];
}

/**
 * Requests of a client of 2026-07-28 that wait for it to come back with answers. A state is good for one return, of one
 * client, with one request, for a time; whatever else comes is refused without a word on what was wrong with it.
 */
export class ParkedExchanges {
  readonly #house: ParkingHouse;
  readonly #parked = new Map<string, Exchange>();
  /** States of another life of the gateway are made with the same key. */
  readonly #life = randomUUID();
  #count = 0;

  constructor(house: ParkingHouse) {
    this.#house = house;
  }

  get all(): readonly Exchange[] {
    return [...this.#parked.values()];
  }

  /** A name for an exchange that no other has. */
  name(): string {
    this.#count += 1;
    return `${this.#life}-${this.#count.toString(36)}`;
  }

  /**
   * Puts all that is queued to the client.
   * @returns what the client is told, or `undefined` where it may not be asked any more
   */
  park(exchange: Exchange, clientId: RequestId): McpMessage | undefined {
    const { limits, parts } = this.#house;
    exchange.rounds += 1;
    if (exchange.rounds > limits.maxRounds || this.#parked.size >= limits.maxParked) return undefined;
    exchange.asked = [...exchange.asked, ...exchange.queued];
    exchange.queued = [];
    exchange.clientId = undefined;
    this.#parked.set(exchange.name, exchange);
    exchange.callOff = parts.clock.after(limits.answerMs, () => {
      if (this.#parked.delete(exchange.name)) this.#house.expired(exchange);
    });
    const state = { request: exchange.name, round: exchange.rounds, atMs: parts.clock.nowMs() };
    const sealed = sealState(state, { ...parts, asks: digestOf(exchange.request) });
    const requests = exchange.asked.map(({ key, method, params }) => {
      const given = params === undefined ? '' : `,"params":${params}`;
      return `${encodeLiteral(key)}:{"method":${encodeLiteral(method)}${given}}`;
    });
    const said = `"inputRequests":{${requests.join(',')}},"requestState":${encodeLiteral(sealed)}`;
    return composeResult(clientId, `{"resultType":"input_required",${said}}`);
  }

  /** @returns `undefined` where the request goes on with nothing that waits */
  resume(request: McpRequest): Resumed | undefined {
    const { parts, limits } = this.#house;
    const sealed = memberOf(request.params, 'requestState');
    const responses = memberOf(request.params, 'inputResponses');
    if (sealed?.kind !== 'string') return undefined;
    const state = openState(sealed.value, { ...parts, asks: digestOf(request) });
    if (state === undefined || parts.clock.nowMs() - state.atMs > limits.answerMs) return undefined;
    const exchange = this.#parked.get(state.request);
    if (exchange === undefined || exchange.rounds !== state.round) return undefined;
    const answered: { question: OpenQuestion; answer: string }[] = [];
    const open: OpenQuestion[] = [];
    for (const question of exchange.asked) {
      const node = memberOf(responses, question.key);
      const answer = literalOf(node, request.text);
      if (node === undefined || answer === undefined) open.push(question);
      else if (answersQuestion(question.method, node)) answered.push({ question, answer });
      else return undefined;
    }
    this.#parked.delete(exchange.name);
    exchange.callOff();
    exchange.asked = [];
    return { exchange, answered, open };
  }

  /** All that are parked, which are so no more. */
  drain(): readonly Exchange[] {
    const all = this.all;
    for (const { callOff } of all) callOff();
    this.#parked.clear();
    return all;
  }
}
