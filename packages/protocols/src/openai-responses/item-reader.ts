import type { Lane, LaneId, LaneLeaf } from '@sallyport/core';
import { isNull, type JsonMember, type JsonNode, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { CallBook, type CallState } from '../answer/call-book.ts';
import type { LaneBook, LaneOpening } from '../answer/lane-book.ts';
import type { MemberLanes, TextOwner } from '../answer/member-lanes.ts';
import { readTokens } from '../answer/read-logprobs.ts';
import { type CallEvent, roleOf } from './event-kinds.ts';
import { type CallKind, callKind, definesTools, isResult, isToolOutput } from './item-kinds.ts';

/** An item of an answer, and what is known of it. */
export interface ItemAt {
  /** Its place in the output: the group of its lanes. */
  readonly group: number;
  /** The event's data. */
  readonly data: string;
  /** It has come to its end, or an answer in one piece holds it. */
  readonly final: boolean;
}

/** Members of a part of which another event says the same. */
const RECURRING: ReadonlySet<string> = new Set(['text', 'refusal']);

/** Reads the items of an output: as they begin, as they end, and as the whole answer repeats them. */
export class ItemReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  readonly #calls: CallBook;

  constructor(book: LaneBook, members: MemberLanes) {
    this.#book = book;
    this.#members = members;
    this.#calls = new CallBook(book);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  read(item: JsonObject, at: ItemAt): void {
    const type = stringOf(item, 'type') ?? '';
    const call = callKind(type);
    const as = ownerOf(item, type);
    if (call !== undefined) this.#call(item, { ...at, call });
    for (const { key, value } of item.members) {
      const name = key.value;
      if (call !== undefined && (name === 'name' || (name === call.args && (at.final || call.tool === undefined))))
        continue;
      const results = isResult(name) && call !== undefined;
      const owner: TextOwner = results ? { role: 'tool', point: 'tool-result', tool: this.#toolOf(item, call) } : as;
      if (value.kind === 'array' && (name === 'content' || name === 'summary'))
        this.#parts(value.items, name, { at, as });
      else this.#member({ key, value }, { prefix: `${at.group}/`, group: at.group, as: owner });
    }
    if (at.final) this.#book.close((lane) => lane.group === at.group);
  }

  /** A part of an item that began or ended. */
  part(part: JsonNode, path: LaneId, { at, as = {} }: { readonly at: ItemAt; readonly as?: TextOwner }): void {
    if (part.kind !== 'object') {
      this.#members.walk(part, { field: 'content', path }, undefined);
      return;
    }
    for (const { key, value } of part.members) {
      const name = key.value;
      if (value.kind === 'string' && RECURRING.has(name))
        this.whole(value.value, { path: `${path}/${name}`, field: name, value, at, as });
      else if (name === 'logprobs' && value.kind === 'array') this.tokens(value, `${path}/text`, at.group);
      else this.#member({ key, value }, { prefix: `${path}/`, group: at.group, as });
    }
    this.#citations(memberOf(part, 'annotations'), `${path}/text`);
  }

  /** All of a text: once more, or for the first time. */
  whole(text: string, { path, field, value, at, as = {} }: WholeText): void {
    if (text === '') return;
    const place = { kind: 'literal', start: value.start, end: value.end } as const;
    this.#book.mark({ group: at.group, says: 'said' });
    const opening: LaneOpening = { id: path, group: at.group, field, echoed: true, ...as };
    this.#book.again(opening, text, place);
  }

  tokens(list: JsonNode, of: LaneId, group: number): void {
    if (list.kind !== 'array' || list.items.length === 0) return;
    readTokens({ list, group, lane: of, path: `${of}/~logprobs` }, this.#book);
  }

  /** A citation says where in its text it stands: it moves with it. */
  #citations(annotations: JsonNode | undefined, of: LaneId): void {
    if (annotations?.kind !== 'array') return;
    for (const annotation of annotations.items) this.citation(annotation, of);
  }

  citation(annotation: JsonNode, of: LaneId): void {
    const lane = this.#book.get(of);
    const numbers = ['start_index', 'end_index'].flatMap((name) => {
      const node = memberOf(annotation, name);
      return node?.kind === 'number' && Number.isSafeInteger(node.value) ? [node] : [];
    });
    if (lane?.whole === undefined || lane.whole === '' || numbers.length === 0) return;
    this.#book.echo(lane, { text: lane.whole, from: 0 }, { kind: 'offsets', numbers });
  }

  /** A piece, or all, of what a call is called with. */
  callEvent(event: JsonObject, { says, whole, tool, custom }: CallEvent, at: ItemAt): void {
    const value = memberOf(event, says);
    if (value === undefined) return;
    this.#book.mark({ group: at.group, says: 'said' });
    const state = this.#open(at.group, { ...(tool !== undefined && { tool }), custom: custom === true });
    if (whole) this.#calls.argumentsAgain(state, value, at.data);
    else this.#calls.arguments(state, value, at.data);
  }

  #call(item: JsonObject, { group, data, final, call }: ItemAt & { readonly call: CallKind }): void {
    const { args, tool, custom = false } = call;
    const state = this.#open(group, { ...(tool !== undefined && { tool }), custom });
    this.#book.mark({ group, says: 'said' });
    const name = memberOf(item, 'name');
    if (tool === undefined && name?.kind === 'string') {
      this.#calls.name(state, name.value, { kind: 'literal', start: name.start, end: name.end });
    }
    const value = memberOf(item, args);
    if (value === undefined || isNull(value) || (value.kind === 'string' && value.value === '')) return;
    // What a tool of the provider's own does is said for good when it has ended.
    if (final || tool === undefined) this.#calls.argumentsAgain(state, value, data);
  }

  #open(group: number, { tool, custom }: { readonly tool?: string; readonly custom: boolean }): CallState {
    return this.#calls.open({ id: `${group}/call`, group, custom, ...(tool !== undefined && { tool }) });
  }

  #toolOf(item: JsonObject, call: CallKind | undefined): string | undefined {
    return stringOf(item, 'name') ?? call?.tool;
  }

  #parts(items: readonly JsonNode[], list: string, { at, as }: { readonly at: ItemAt; readonly as: TextOwner }): void {
    for (const [index, part] of items.entries()) this.part(part, `${at.group}/${list}/${index}`, { at, as });
  }

  /** A member that events repeat as it stands. */
  #member({ key, value }: JsonMember, { prefix, group, as }: MemberAt): void {
    if (value.kind === 'object' || value.kind === 'array' || value.kind === 'string') {
      this.#book.mark({ group, says: 'said' });
    }
    const path = prefix + (/^\d/.test(key.value) ? '~' : '');
    this.#members.add({ value, name: key.value, prefix: path, group: undefined, key, as });
  }
}

interface MemberAt {
  readonly prefix: string;
  readonly group: number;
  readonly as: TextOwner;
}

interface WholeText {
  readonly path: LaneId;
  readonly field: string;
  readonly value: JsonNode;
  readonly at: ItemAt;
  readonly as?: TextOwner;
}

function ownerOf(item: JsonObject, type: string): TextOwner {
  if (isToolOutput(type)) return { role: 'tool', point: 'tool-result' };
  if (definesTools(type)) return { role: 'definition' };
  const role = roleOf(stringOf(item, 'role') ?? '');
  return role === 'assistant' ? {} : { role };
}
