import type { AnswerFacts, Lane, LaneLeaf, Role } from '@sallyport/core';
import {
  isBase64,
  isNull,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  memberOf,
  numberOf,
  stringOf,
} from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { ListedTexts } from '../answer/listed-texts.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import type { RepeatedEvents } from '../answer/repeated-events.ts';
import { COUNTED } from '../answer/template-set.ts';
import { type EventRow, eventRow, isPartEvent } from './event-rows.ts';
import { fields } from './fields.ts';
import { ItemCalls } from './item-calls.ts';
import { type ItemAt, ItemReader, isTyped } from './item-reader.ts';
import { OtherEvents } from './other-events.ts';
import { OutputPlaces, type ToldItem } from './output-places.ts';
import { ENDS, ResponseMembers } from './response-members.ts';
import { errorSignals } from './signals.ts';

/** How an answer is read. */
export interface Reading {
  /** Whether the provider keeps the answer and its items. */
  readonly keeps: boolean;
  readonly operation: string;
  /** Event by event; otherwise in one piece. */
  readonly streams: boolean;
}

/** The group of what is said of the response as a whole. */
export const RESPONSE = -1;
/** Events that tell a response before it has ended. */
const BEGINNINGS: ReadonlySet<string> = new Set(['response.created', 'response.queued', 'response.in_progress']);
/** Whose words a message in a list is that everybody's messages are in. */
const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['tool', 'tool'],
]);
/** What ends a stream of some compatible servers. */
const DONE = '[DONE]';

/** Reads the events of a stream, or one whole answer: every text of every item goes to its lane, and what repeats it is its echo. */
export class ResponsesReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #reading: Reading;
  readonly #calls: ItemCalls;
  readonly #items: ItemReader;
  readonly #members: MemberLanes;
  readonly #response: ResponseMembers;
  readonly #places: OutputPlaces;
  readonly #others: OtherEvents;
  /** The number of the event read last. */
  sequence = -1;
  ended = false;
  /** Only its own last event ends a stream. */
  readonly complete = false;

  constructor(book: LaneBook, reading: Reading) {
    this.#book = book;
    this.#reading = reading;
    this.#calls = new ItemCalls(book);
    this.#places = new OutputPlaces(book);
    const shared = { book, listed: new ListedTexts(book), seen: new Set<string>() };
    this.#items = new ItemReader({ ...shared, calls: this.#calls });
    this.#response = new ResponseMembers({ ...shared, keeps: reading.keeps });
    this.#members = new MemberLanes({ book, fields, payloadOf });
    this.#others = new OtherEvents({ book, calls: this.#calls, members: this.#members, places: this.#places });
  }

  get facts(): AnswerFacts {
    return this.#response.facts;
  }

  /** Seconds since 1970, as the response says it. */
  get created(): number | undefined {
    return this.#response.created;
  }

  get items(): ReadonlyMap<number, ToldItem> {
    return this.#places.items;
  }

  isEnd(data: string): boolean {
    return data === DONE;
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  /** The same event again, with another text in the same lane, and another number. */
  again(events: RepeatedEvents): void {
    const { firstCount, lastCount, count } = events;
    this.#book.repeat(events);
    if (firstCount === undefined || lastCount === undefined) return;
    this.#book.mark({ group: RESPONSE, says: COUNTED, value: firstCount, times: count });
    this.sequence = lastCount;
  }

  /** @returns what the event says about the answer and was not said before */
  read({ node: root, data, name }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const before = this.facts;
    if (root.members.some(({ key }) => fields.isDisguised(key.value))) this.#book.broken = true;
    const type = stringOf(root, 'type') ?? name;
    // An error may stand alone in a stream.
    if (!this.#reading.streams || type === undefined) this.#whole(root, data);
    else {
      // Some clients go by the name of the event and some by what it says itself.
      if ((name !== undefined && name !== type) || !isTyped(root)) this.#book.broken = true;
      this.#event(type, root, data);
    }
    return this.facts === before ? undefined : this.facts;
  }

  #whole(root: JsonObject, data: string): void {
    if (this.#reading.operation === 'conversations.items.retrieve' && memberOf(root, 'object') === undefined) {
      this.#item(root, { index: 0, data, whole: true, roles: ROLES });
      return;
    }
    const listed = memberOf(root, 'data');
    const isList = listed?.kind === 'array' && memberOf(root, 'output') === undefined;
    if (isList) this.#itemList(listed.items, data, ROLES);
    this.#object(root, data, isList ? listed : undefined);
    const error = memberOf(root, 'error');
    if (error !== undefined && !isNull(error) && memberOf(root, 'output') === undefined) this.#fail();
  }

  #event(type: string, root: JsonObject, data: string): void {
    const count = numberOf(root, 'sequence_number');
    if (count !== undefined) this.#count(count);
    const index = this.#places.indexOf(root);
    const row = eventRow(type);
    const at = { index: index ?? 0, data, whole: type.endsWith('.done') };
    const said = new Set<JsonNode>();
    if (row !== undefined) this.#text(row, root, { ...at, said });
    else if (type === 'response.output_item.added' || type === 'response.output_item.done') {
      const item = this.#take('item', root, said);
      this.#places.bind(stringOf(item?.value, 'id'), at.index);
      if (item !== undefined) this.#item(item.value, at);
    } else if (isPartEvent(type)) this.#part(type, root, { ...at, said });
    else if (type === 'response.output_text.annotation.added') this.#annotation(root, { ...at, said });
    const response = memberOf(root, 'response');
    if (response?.kind === 'object') this.#told(type, response, { data, said });
    this.#others.read(type, root, { index, data, said });
    const error = memberOf(root, 'error');
    const failed = error !== undefined && !isNull(error);
    this.#response.hear(errorSignals(failed ? error : root));
    this.ended ||= ENDS.has(type.slice('response.'.length));
    // Clients take an event that holds an error for one, whatever its type.
    if (type === 'error' || failed) this.#fail();
  }

  /** The whole response, as it stands. */
  #told(type: string, response: JsonObject, { data, said }: Pick<EventAt, 'data' | 'said'>): void {
    said.add(response);
    this.#object(response, data, undefined);
    this.#book.mark({ group: RESPONSE, says: type });
    this.ended ||= !BEGINNINGS.has(type) && ENDS.has(stringOf(response, 'status') ?? '');
  }

  /** A text, a refusal, reasoning or the arguments of a call: a piece of it, or all of it once more. */
  #text(row: EventRow, root: JsonObject, { index, data, said }: EventAt): void {
    const value = this.#take(row.member, root, said)?.value;
    if (row.more) this.#places.piece(root, `${index}/${row.list}/${row.field}${row.call ?? ''}`);
    if (row.call !== undefined) {
      this.#callText(row, { root, value, index, data, said });
      return;
    }
    const part = this.#places.partOf(root, row.list);
    const logprobs = memberOf(root, 'logprobs');
    const tokens = logprobs?.kind === 'array' ? logprobs : undefined;
    const echoed = (tokens?.items.length ?? 0) > 0;
    const at = { index, data, whole: !row.more, list: row.list, part, echoed };
    const isNew = this.#book.get(`${index}/${row.list}/${part}/${row.field}`) === undefined;
    if (row.field === 'refusal' && isNew) this.#response.hear([{ type: 'refusal', score: 1, about: 'input' }]);
    this.#book.mark({ group: index, says: row.more ? 'text' : `said/${part}` });
    if (value !== undefined) this.#items.text({ ...at, field: row.field }, value);
    if (tokens === undefined) return;
    said.add(tokens);
    this.#items.tokens(tokens, at);
  }

  #callText(row: EventRow, { root, value, index, data, said }: CallText): void {
    const at = { index, member: row.call ?? '', form: row.call === 'arguments' ? 'json' : 'text' } as const;
    if (row.more) {
      this.#book.mark({ group: index, says: 'text' });
      if (value !== undefined) this.#calls.more(at, value, data);
      return;
    }
    const named = memberOf(root, 'name');
    if (named?.kind === 'string') {
      said.add(named);
      this.#calls.begin(at, named);
    }
    if (value !== undefined) this.#calls.whole(at, value, data);
  }

  #part(type: string, root: JsonObject, { index, data, whole, said }: EventAt): void {
    const value = this.#take('part', root, said)?.value;
    if (value === undefined) return;
    const list = type.includes('summary') ? 'summary' : 'content';
    const part = this.#places.partOf(root, list);
    if (list === 'content') {
      this.#book.mark({ group: index, says: `${whole ? 'part-done' : 'part'}/${part}` });
      this.items.get(index)?.parts.set(part, stringOf(value, 'type') ?? '');
    }
    this.#items.part(value, { index, data, whole, list, part });
  }

  #annotation(root: JsonObject, { index, data, said }: EventAt): void {
    const member = this.#take('annotation', root, said);
    if (member === undefined) return;
    const at = { index, data, whole: false, list: 'content', part: this.#places.partOf(root, 'content') };
    this.#items.annotation(member, at, this.#places.numberIn(root, 'annotation_index') ?? 0);
    this.#items.citations([member.value], at);
  }

  #item(item: JsonNode, at: ItemAt): void {
    const { index, whole } = at;
    const id = stringOf(item, 'id');
    this.#places.tell(index, { id, type: stringOf(item, 'type'), name: stringOf(item, 'name') });
    this.#response.store(id);
    this.#response.storeContainer(stringOf(item, 'container_id'));
    this.#response.storeContainer(stringOf(memberOf(item, 'environment'), 'container_id'));
    this.#book.mark({ group: index, says: whole ? 'done' : 'item' });
    // Items come one after the other: the end of a text that nobody told would hold all that follows it.
    this.#book.close(({ group, lane }) => group !== undefined && group !== index && lane.release === 'text');
    this.#items.read(item, at);
    if (whole) this.#book.close(({ group }) => group === index);
  }

  #itemList(items: readonly JsonNode[], data: string, roles?: ReadonlyMap<string, Role>): void {
    for (const [index, item] of items.entries()) {
      if (this.#book.broken) return;
      this.#item(item, { index, data, whole: true, ...(roles !== undefined && { roles }) });
    }
  }

  /** A response, or another object that is told whole. @param except a value that was read already */
  #object(object: JsonObject, data: string, except: JsonNode | undefined): void {
    for (const member of object.members) {
      const { key, value } = member;
      if (value === except) continue;
      if (key.value === 'output' && value.kind === 'array') this.#itemList(value.items, data);
      else if (key.value === 'output' && value.kind === 'object') this.#book.broken = true;
      else this.#response.read(member);
    }
    this.#response.identify(object);
  }

  #fail(): void {
    this.ended = true;
    this.#response.failed();
  }

  #count(value: number): void {
    this.sequence = value;
    this.#book.mark({ group: RESPONSE, says: COUNTED, value });
  }

  /** A member that makes an event's kind, noted as read. */
  #take(name: string, root: JsonObject, said: Set<JsonNode>): JsonMember | undefined {
    const member = root.members.find(({ key }) => key.value === name);
    if (member !== undefined) said.add(member.value);
    return member;
  }
}

interface EventAt extends ItemAt {
  /** Values that were read. */
  readonly said: Set<JsonNode>;
}

interface CallText extends Omit<EventAt, 'whole' | 'roles'> {
  readonly root: JsonObject;
  readonly value: JsonNode | undefined;
}

/** Pictures that come in pieces. */
function payloadOf(text: string, field: string): 'image' | undefined {
  return field === 'partial_image_b64' && isBase64(text) ? 'image' : undefined;
}
