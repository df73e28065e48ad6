import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import { composeNotification, editedObject } from '../message/compose-message.ts';
import type { McpMessage, McpNotification, McpRequest, RequestId } from '../message/message.ts';
import { idKey } from '../message/request-id.ts';
import { writeNotification, writeResult } from '../message/write-message.ts';
import { declares } from '../revision/capabilities.ts';
import { META } from '../revision/envelope.ts';
import { ERROR_CODES } from '../revision/error-codes.ts';
import { refusal } from './answers.ts';
import type { BridgeLimits } from './bridge-parts.ts';

/** What subscriptions need of their bridge. */
export interface ListensHouse {
  readonly limits: BridgeLimits;
  /** What the server has declared. */
  readonly capabilities: () => JsonNode | undefined;
  /** Gives the client a message that belongs to its subscription. */
  readonly give: (message: McpMessage, listen: RequestId) => void;
  /** Asks the server to tell of a resource. */
  readonly watch: (uri: string, settled: (isWatched: boolean) => void) => void;
  readonly unwatch: (uri: string) => void;
}

interface Listen {
  readonly id: RequestId;
  readonly lists: ReadonlySet<string>;
  readonly uris: Set<string>;
  /** Resources of which the server has not yet said whether it will tell. */
  waitsFor: number;
}

/** The member of a filter, by the method that it lets through, and the capability that it stands on. */
const LISTS: ReadonlyMap<string, { readonly name: string; readonly of: string }> = new Map([
  ['notifications/tools/list_changed', { name: 'toolsListChanged', of: 'tools' }],
  ['notifications/prompts/list_changed', { name: 'promptsListChanged', of: 'prompts' }],
  ['notifications/resources/list_changed', { name: 'resourcesListChanged', of: 'resources' }],
]);

/**
 * Subscriptions of a client of 2026-07-28 with a server that knows only notifications and `resources/subscribe`. Each is
 * acknowledged when the server has said of which resources it will tell.
 */
export class ModernListens {
  readonly #house: ListensHouse;
  readonly #listens = new Map<string, Listen>();

  constructor(house: ListensHouse) {
    this.#house = house;
  }

  get ids(): readonly RequestId[] {
    return [...this.#listens.values()].map(({ id }) => id);
  }

  has(id: RequestId): boolean {
    return this.#listens.has(idKey(id));
  }

  open({ id, params }: McpRequest): void {
    const filter = memberOf(params, 'notifications');
    const uris = urisOf(filter);
    if (filter?.kind !== 'object' || uris === undefined) {
      this.#refuse(id, ERROR_CODES.invalidParams, 'filter of the subscription is missing or not known');
      return;
    }
    const watched = new Set([...this.#watched(), ...uris]);
    if (this.#listens.size >= this.#house.limits.maxListens || watched.size > this.#house.limits.maxWatched) {
      this.#refuse(id, ERROR_CODES.internal, 'more is subscribed to than the limit');
      return;
    }
    const capabilities = this.#house.capabilities();
    const lists = [...LISTS].flatMap(([method, { name, of }]) =>
      isTrue(memberOf(filter, name)) && declares(capabilities, [of, 'listChanged']) ? [method] : [],
    );
    const mayWatch = declares(capabilities, ['resources', 'subscribe']);
    const listen: Listen = { id, lists: new Set(lists), uris: new Set(mayWatch ? uris : []), waitsFor: 0 };
    const known = this.#watched();
    this.#listens.set(idKey(id), listen);
    const news = [...listen.uris].filter((uri) => !known.has(uri));
    listen.waitsFor = news.length;
    for (const uri of news) this.#house.watch(uri, (isWatched) => this.#settled(listen, uri, isWatched));
    if (news.length === 0) this.#acknowledge(listen);
  }

  /** What the server tells of goes to each that asked for it. */
  heard(notification: McpNotification): void {
    const { method } = notification;
    const uri = method === 'notifications/resources/updated' ? stringOf(notification.params, 'uri') : undefined;
    for (const { id, lists, uris, waitsFor } of this.#listens.values()) {
      const isAsked = uri === undefined ? lists.has(method) : covers(uris, uri);
      if (isAsked && waitsFor === 0) this.#house.give(marked(notification, id), id);
    }
  }

  /** The client wants to hear no more. */
  close(id: RequestId): void {
    const listen = this.#listens.get(idKey(id));
    this.#listens.delete(idKey(id));
    const watched = this.#watched();
    for (const uri of listen?.uris ?? []) if (!watched.has(uri)) this.#house.unwatch(uri);
  }

  #settled(listen: Listen, uri: string, isWatched: boolean): void {
    if (!isWatched) listen.uris.delete(uri);
    listen.waitsFor -= 1;
    if (this.#listens.get(idKey(listen.id)) !== listen) {
      if (isWatched && !this.#watched().has(uri)) this.#house.unwatch(uri);
    } else if (listen.waitsFor === 0) this.#acknowledge(listen);
  }

  #acknowledge({ id, lists, uris }: Listen): void {
    const honored = {
      ...Object.fromEntries([...LISTS].flatMap(([method, { name }]) => (lists.has(method) ? [[name, true]] : []))),
      ...(uris.size > 0 && { resourceSubscriptions: [...uris] }),
    };
    const _meta = { [META.subscriptionId]: id };
    this.#house.give(
      writeNotification('notifications/subscriptions/acknowledged', { notifications: honored, _meta }),
      id,
    );
    if (Object.keys(honored).length > 0) return;
    // Nothing will ever be told: it is over.
    this.#listens.delete(idKey(id));
    this.#house.give(writeResult(id, { resultType: 'complete', _meta }), id);
  }

  #watched(): ReadonlySet<string> {
    return new Set([...this.#listens.values()].flatMap(({ uris }) => [...uris]));
  }

  #refuse(id: RequestId, code: number, sentence: string): void {
    this.#house.give(refusal(id, code, sentence), id);
  }
}

/** With the subscription that it is told for. */
function marked({ method, params, text }: McpNotification, id: RequestId): McpMessage {
  const meta = memberOf(params, '_meta');
  const _meta = editedObject(text, meta?.kind === 'object' ? meta : undefined, {
    [META.subscriptionId]: JSON.stringify(id),
  });
  return composeNotification(method, editedObject(text, params, { _meta }));
}

/** A server may tell of parts of what is watched. */
function covers(uris: ReadonlySet<string>, uri: string): boolean {
  return uris.has(uri) || [...uris].some((watched) => uri.startsWith(watched));
}

function urisOf(filter: JsonNode | undefined): readonly string[] | undefined {
  const node = memberOf(filter, 'resourceSubscriptions');
  if (node === undefined) return [];
  if (node.kind !== 'array') return undefined;
  const uris = node.items.flatMap((item) => (item.kind === 'string' ? [item.value] : []));
  return uris.length === node.items.length ? uris : undefined;
}

function isTrue(node: JsonNode | undefined): boolean {
  return node?.kind === 'word' && node.value === true;
}
