import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import type { McpMessage, McpNotification, RequestId } from '../message/message.ts';
import { idKey } from '../message/request-id.ts';
import { writeNotification } from '../message/write-message.ts';
import { declares } from '../revision/capabilities.ts';
import { META } from '../revision/envelope.ts';
import type { BridgeClock } from './bridge-parts.ts';

/** What a feed needs of its bridge. */
export interface FeedHouse {
  readonly clock: BridgeClock;
  readonly maxWatched: number;
  /** Sends a `subscriptions/listen` with this filter. @returns its id, or `undefined` where nothing more may wait */
  readonly listen: (filter: Readonly<Record<string, unknown>>) => RequestId | undefined;
  readonly cancel: (id: RequestId) => void;
  /** Answers a request of the client. */
  readonly settle: (client: RequestId, outcome: 'done' | 'refused') => void;
}

/** Of a subscription that ends, before another takes its place. */
export const REOPEN_MS = 1_000;
/** Subscriptions that end one after the other without a word before none takes their place. */
export const REOPENS_MAX = 8;

interface Opening {
  readonly id: RequestId;
  readonly waiting: readonly { readonly client: RequestId; readonly uri: string; readonly isWatch: boolean }[];
}

/**
 * Keeps one subscription with a server of 2026-07-28 for a client that knows only notifications and `resources/subscribe`. A change
 * of what is watched opens another one, and ends the first when that stands, so that nothing is missed between them.
 */
export class ListenFeed {
  readonly #house: FeedHouse;
  readonly #watched = new Set<string>();
  #lists: Readonly<Record<string, true>> = {};
  #standing: RequestId | undefined;
  #opening: Opening | undefined;
  #next: Opening['waiting'][number][] = [];
  #isWanted = false;
  #silentEnds = 0;
  #callOff: (() => void) | undefined;

  constructor(house: FeedHouse) {
    this.#house = house;
  }

  /** The handshake is over: lists that the server says may change are listened to. */
  start(capabilities: JsonNode | undefined): void {
    const lists: Record<string, true> = {};
    for (const [member, name] of LISTS_OF) if (declares(capabilities, [member, 'listChanged'])) lists[name] = true;
    this.#lists = lists;
    if (Object.keys(lists).length > 0) this.#reopen();
  }

  /** A client wants to hear of a resource, or no longer. Answered when the server has said that it will tell, or not. */
  watch(client: RequestId, uri: string, isWatch: boolean): void {
    const { maxWatched } = this.#house;
    const isFull = isWatch && !this.#watched.has(uri) && this.#watched.size >= maxWatched;
    if (isFull || this.#next.length >= maxWatched) {
      this.#house.settle(client, 'refused');
      return;
    }
    if (isWatch) this.#watched.add(uri);
    else this.#watched.delete(uri);
    this.#next.push({ client, uri, isWatch });
    this.#reopen();
  }

  /** A notification of the server's, if it belongs to a subscription that stands: without the mark of it, for the client. */
  heard(notification: McpNotification): McpMessage | undefined {
    const { method, params } = notification;
    const subscription = memberOf(memberOf(params, '_meta'), META.subscriptionId);
    if (subscription?.kind !== 'string' && subscription?.kind !== 'number') return undefined;
    if (method === 'notifications/subscriptions/acknowledged') {
      this.#acknowledged(subscription.value, memberOf(params, 'notifications'));
      return undefined;
    }
    if (!this.#isOurs(subscription.value)) return undefined;
    this.#silentEnds = 0;
    if (method !== 'notifications/resources/updated') return writeNotification(method);
    const uri = stringOf(params, 'uri');
    return uri !== undefined && this.#isWatched(uri) ? writeNotification(method, { uri }) : undefined;
  }

  /** A subscription got its last answer, was taken back or lost. */
  ended(id: RequestId): void {
    const opening = this.#opening;
    if (opening !== undefined && idKey(opening.id) === idKey(id)) {
      this.#opening = undefined;
      for (const { client, uri, isWatch } of opening.waiting) {
        if (isWatch) this.#watched.delete(uri);
        this.#house.settle(client, isWatch ? 'refused' : 'done');
      }
      if (this.#isWanted) this.#reopen();
    } else if (this.#standing !== undefined && idKey(this.#standing) === idKey(id)) {
      this.#standing = undefined;
      this.#silentEnds += 1;
      if (this.#silentEnds > REOPENS_MAX) return;
      this.#callOff?.();
      this.#callOff = this.#house.clock.after(REOPEN_MS, () => this.#reopen());
    }
  }

  close(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #reopen(): void {
    if (this.#opening !== undefined) {
      this.#isWanted = true;
      return;
    }
    this.#isWanted = false;
    const waiting = this.#next;
    this.#next = [];
    const resources = this.#watched.size === 0 ? {} : { resourceSubscriptions: [...this.#watched] };
    const filter = { ...this.#lists, ...resources };
    const id = Object.keys(filter).length === 0 ? undefined : this.#house.listen(filter);
    if (id !== undefined) {
      this.#opening = { id, waiting };
      return;
    }
    if (Object.keys(filter).length === 0) this.#replace(undefined);
    for (const { client, isWatch } of waiting) this.#house.settle(client, isWatch ? 'refused' : 'done');
  }

  #acknowledged(id: RequestId, honored: JsonNode | undefined): void {
    const opening = this.#opening;
    if (opening === undefined || idKey(opening.id) !== idKey(id)) return;
    this.#opening = undefined;
    this.#replace(id);
    const watched = memberOf(honored, 'resourceSubscriptions');
    const told = new Set(
      watched?.kind === 'array' ? watched.items.map((item) => (item.kind === 'string' ? item.value : '')) : [],
    );
    for (const { client, uri, isWatch } of opening.waiting) {
      if (isWatch && !told.has(uri)) this.#watched.delete(uri);
      this.#house.settle(client, !isWatch || told.has(uri) ? 'done' : 'refused');
    }
    if (this.#isWanted) this.#reopen();
  }

  #replace(id: RequestId | undefined): void {
    if (this.#standing !== undefined) this.#house.cancel(this.#standing);
    this.#standing = id;
  }

  #isOurs(id: RequestId): boolean {
    return [this.#standing, this.#opening?.id].some((own) => own !== undefined && idKey(own) === idKey(id));
  }

  /** A server may tell of parts of what is watched. */
  #isWatched(uri: string): boolean {
    return this.#watched.has(uri) || [...this.#watched].some((watched) => uri.startsWith(watched));
  }
}

const LISTS_OF = [
  ['tools', 'toolsListChanged'],
  ['prompts', 'promptsListChanged'],
  ['resources', 'resourcesListChanged'],
] as const;
