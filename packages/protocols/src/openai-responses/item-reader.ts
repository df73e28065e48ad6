import type { Role, Unseen } from '@sallyport/core';
import {
  isBase64,
  isNull,
  isPlainName,
  type JsonArray,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  type JsonString,
  memberOf,
  stringOf,
} from '@sallyport/wire';
import type { LaneBook, LaneOpening, PartPlace } from '../answer/lane-book.ts';
import type { ListedTexts } from '../answer/listed-texts.ts';
import { MemberLanes, type TextOwner } from '../answer/member-lanes.ts';
import { readTokens } from '../answer/read-logprobs.ts';
import { fields } from './fields.ts';
import type { ItemCalls } from './item-calls.ts';
import { type ItemKind, kindOfItem } from './item-kinds.ts';
import { listedTexts } from './listed.ts';
import { safetyCheckSignals } from './signals.ts';

export interface ItemAt {
  readonly index: number;
  /** The event's data. */
  readonly data: string;
  /** Whether it is all of the item; otherwise it is what the item begins with. */
  readonly whole: boolean;
  /** Whose words a message's role says they are, in a list of what was said by anybody; the model's own where it is absent. */
  readonly roles?: ReadonlyMap<string, Role>;
}

export interface PartAt extends ItemAt {
  readonly list: string;
  readonly part: number;
  /** Tokens follow that repeat its text. */
  readonly echoed?: boolean;
}

export interface TextAt extends PartAt {
  readonly field: string;
}

interface ItemReaderParts {
  readonly book: LaneBook;
  readonly calls: ItemCalls;
  readonly listed: ListedTexts;
  /** Told once of what is no text. */
  readonly seen: Set<string>;
}

/** Texts that grow piece by piece, by where they stand in an item. */
const GROWING: ReadonlySet<string> = new Set(['text', 'refusal']);

/** A call of which nothing but its tool is known. */
const UNTOLD = { member: '~call', form: 'value' } as const;

/** Reads the items of an answer: at their beginning, at their end, and wherever they are told once more. */
export class ItemReader {
  readonly #parts: ItemReaderParts;
  readonly #members: MemberLanes;

  constructor(parts: ItemReaderParts) {
    this.#parts = parts;
    const { book } = parts;
    // All that stands in an item is said again with it, and only some of it grows.
    const put = (opening: LaneOpening, text: string, place: PartPlace) => book.again(opening, text, place);
    this.#members = new MemberLanes({ book, fields, put });
  }

  read(item: JsonNode, at: ItemAt): void {
    if (item.kind !== 'object') {
      this.#members.walk(item, { field: 'item', path: `${at.index}/~item` }, at.index);
      return;
    }
    // Some clients take a list of one word for the word.
    if (!isTyped(item)) this.#parts.book.broken = true;
    const kind = kindOfItem(item);
    const tool = stringOf(item, 'name') ?? kind.tool ?? stringOf(item, 'server_label');
    const as = ownerOf(item, at);
    if (kind.isCall) this.#parts.calls.identify(at.index, stringOf(item, 'call_id'));
    this.#begin(item, kind, at);
    for (const { key, value } of item.members) {
      const name = key.value;
      if (fields.isDisguised(name)) this.#parts.book.broken = true;
      if (kind.calls.has(name) || (kind.isCall && name === 'name' && value.kind === 'string')) continue;
      const defines = kind.definitions.has(name);
      if (defines || kind.results.has(name)) this.#list({ name, value, defines }, at, toolOwner(tool));
      else if (this.#isNoText(name, value, { kind, at })) continue;
      else if ((name === 'content' || name === 'summary') && value.kind === 'array')
        this.#content(value, name, { ...at, as });
      else this.#members.add({ value, name, prefix: `${at.index}/`, group: at.index, key, as });
    }
    if (at.whole) this.#call(item, kind, at);
  }

  /** One part of an item's content or summary. */
  part(part: JsonNode, at: PartAt, as: TextOwner = {}): void {
    const { book } = this.#parts;
    const path = `${at.index}/${at.list}/${at.part}`;
    if (part.kind !== 'object') {
      this.#members.walk(part, { field: at.list, path }, at.index);
      return;
    }
    if ((stringOf(part, 'refusal') ?? '') !== '') book.signal({ type: 'refusal', score: 1, about: 'input' });
    for (const { key, value } of part.members) {
      const name = key.value;
      if (fields.isDisguised(name)) book.broken = true;
      if (GROWING.has(name) && value.kind === 'string') this.text({ ...at, field: name }, value, as);
      else if (name !== 'logprobs' || value.kind !== 'array')
        this.#partMember(key, value, { path, index: at.index, as });
    }
    const logprobs = memberOf(part, 'logprobs');
    if (logprobs?.kind === 'array') this.tokens(logprobs, at);
    const annotations = memberOf(part, 'annotations');
    if (annotations?.kind === 'array') this.citations(annotations.items, at);
  }

  /** A text of a part, from its beginning: as far as it goes, or all of it. */
  text({ index, list, part, field, whole, echoed = false }: TextAt, node: JsonNode, as: TextOwner = {}): void {
    if (node.kind !== 'string') {
      if (!isNull(node)) this.#members.walk(node, { field, path: `${index}/${list}/${part}/${field}` }, index);
      return;
    }
    if (node.value === '') return;
    const { book } = this.#parts;
    const opening = { id: `${index}/${list}/${part}/${field}`, group: index, field, ...as };
    const place = { kind: 'literal', start: node.start, end: node.end } as const;
    if (whole) book.again(opening, node.value, place);
    else book.text(book.lane({ ...opening, recurs: true, echoed }), node.value, place);
  }

  tokens(list: JsonArray, { index, list: name, part, whole }: PartAt): void {
    if (list.items.length === 0) return;
    const path = `${index}/${name}/${part}`;
    readTokens({ list, group: index, lane: `${path}/text`, path: `${path}/logprobs`, whole }, this.#parts.book);
  }

  /** An annotation's words, wherever it is told. */
  annotation({ key, value }: JsonMember, { index, list, part }: PartAt, number: number): void {
    const prefix = `${index}/${list}/${part}/annotations/`;
    this.#members.add({ value, name: String(number), prefix, group: index, key });
  }

  /** Citations say where in the text they stand: they move with it. */
  citations(annotations: readonly JsonNode[], { index, list, part }: PartAt): void {
    const numbers = annotations.flatMap((annotation) =>
      [memberOf(annotation, 'start_index'), memberOf(annotation, 'end_index')].flatMap((node) =>
        node?.kind === 'number' && Number.isSafeInteger(node.value) ? [node] : [],
      ),
    );
    const lane = this.#parts.book.get(`${index}/${list}/${part}/text`);
    if (numbers.length === 0 || lane?.whole === undefined || lane.whole === '') return;
    this.#parts.book.echo(lane, { text: lane.whole, from: 0 }, { kind: 'offsets', numbers });
  }

  #partMember(key: JsonMember['key'], value: JsonNode, { path, index, as }: PartMemberAt): void {
    const isSound = key.value === 'data' && value.kind === 'string' && isBase64(value.value);
    if (isSound) this.#see('audio', `${path}/data`, value);
    else this.#members.add({ value, name: key.value, prefix: `${path}/`, group: index, key, as });
  }

  #content(value: JsonArray, list: string, at: ItemAt & { readonly as: TextOwner }): void {
    for (const [part, one] of value.items.entries()) {
      if (!this.#parts.book.broken) this.part(one, { ...at, list, part }, at.as);
    }
  }

  /** The tool's name goes first, wherever it stands: it is what the rest is judged for. */
  #begin(item: JsonObject, kind: ItemKind, { index, data, whole }: ItemAt): void {
    const name = nameOf(item);
    const tool = kind.isUnknownCall ? (name?.value ?? kind.tool) : (name ?? kind.tool);
    // Pieces of such a call may have come before its name is told: that is decided beside them.
    if (kind.isUnknownCall && name !== undefined) this.#parts.calls.begin({ ...UNTOLD, index }, name);
    for (const [member, form] of kind.calls) {
      const value = memberOf(item, member);
      // What it is called with comes at the end, as one value: until then there is nothing to decide on.
      if (form === 'value' && !whole && (value === undefined || !saysAnything(value, member))) continue;
      if (form === 'value' && (value === undefined || isNull(value))) continue;
      const at = { index, member, form };
      if (tool !== undefined) this.#parts.calls.begin(at, tool);
      if (whole || value === undefined) continue;
      if (form === 'value') this.#parts.calls.whole(at, value, data);
      else this.#parts.calls.more(at, value, data);
    }
  }

  #call(item: JsonObject, kind: ItemKind, { index, data }: ItemAt): void {
    const tool = nameOf(item) ?? kind.tool;
    let isDecided = !kind.isCall;
    for (const [member, form] of kind.calls) {
      const value = memberOf(item, member);
      const isTold = value !== undefined && !(form === 'value' && isNull(value));
      if (isTold) this.#parts.calls.whole({ index, member, form }, value, data);
      isDecided ||= isTold || (form !== 'value' && tool !== undefined);
    }
    // What a tool is called with may be nothing, or not told: it is called all the same.
    if (!isDecided) this.#parts.calls.begin({ ...UNTOLD, index }, tool ?? '');
  }

  #list({ name, value, defines }: ListedMember, { index }: ItemAt, as: TextOwner): void {
    const id = `${index}/${name}`;
    const see = (kind: Unseen['kind'], path: string, node: JsonNode) => this.#see(kind, path, node);
    const texts = listedTexts(value, { field: name, path: id, grammar: defines }, see);
    this.#parts.listed.add({ id, group: index, field: name, ...as }, texts);
  }

  /** What an item holds that nobody can read here: sealed by the provider, or no text at all. */
  #isNoText(name: string, value: JsonNode, { kind, at }: { readonly kind: ItemKind; readonly at: ItemAt }): boolean {
    if (name === 'pending_safety_checks') {
      for (const signal of safetyCheckSignals(value)) this.#parts.book.signal(signal);
      return false;
    }
    if (value.kind !== 'string' || !isBase64(value.value)) return false;
    const media = kind.media.get(name);
    if (media !== undefined && value.value !== '') this.#see(media, `${at.index}/${name}`, value);
    return media !== undefined;
  }

  #see(kind: Unseen['kind'], path: string, { start, end }: JsonNode): void {
    const { book, seen } = this.#parts;
    if (seen.has(path)) return;
    seen.add(path);
    book.see({ kind, at: `/${path}`, bytes: end - start });
  }
}

interface PartMemberAt {
  readonly path: string;
  readonly index: number;
  readonly as: TextOwner;
}

interface ListedMember {
  readonly name: string;
  readonly value: JsonNode;
  /** It defines tools. */
  readonly defines: boolean;
}

/** Whether a type, if there is one, is a word. */
export function isTyped(node: JsonObject): boolean {
  const type = memberOf(node, 'type');
  return type === undefined || type.kind === 'string' || isNull(type);
}

function nameOf(item: JsonObject): JsonString | undefined {
  const name = memberOf(item, 'name');
  return name?.kind === 'string' ? name : undefined;
}

function toolOwner(tool: string | undefined): TextOwner {
  return { role: 'tool', point: 'tool-result', tool };
}

function ownerOf(item: JsonObject, { roles }: ItemAt): TextOwner {
  const role = roles?.get(stringOf(item, 'role') ?? '');
  return role === undefined ? {} : { role };
}

/** Whether a value holds a word: a place that is kept for one does not. */
function saysAnything(value: JsonNode, field: string): boolean {
  switch (value.kind) {
    case 'string':
      return value.value !== '' && !fields.isStructuralInAnswer(field, value.value);
    case 'array':
      return value.items.some((item) => saysAnything(item, field));
    case 'object':
      return value.members.some(({ key, value: inner }) => !isPlainName(key.value) || saysAnything(inner, key.value));
    case 'number':
    case 'word':
      return false;
  }
}
