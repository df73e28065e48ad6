import type { Lane, LaneLeaf } from '@sallyport/core';
import {
  isNull,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  type JsonString,
  memberOf,
  stringOf,
} from '@sallyport/wire';
import { CallBook, type CallState } from '../answer/call-book.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import type { MemberLanes, TextOwner } from '../answer/member-lanes.ts';
import { type ContentBlock, contentBlock } from './content-block.ts';
import deltas from './deltas.json' with { type: 'json' };
import { fields } from './fields.ts';

/** Blocks that one answer may have: what has more is made to exhaust. */
const BLOCKS_MAX = 4096;

interface BlockState {
  readonly type: string;
  readonly owner: TextOwner;
  readonly call: CallState | undefined;
  /** The call's input came with its start: pieces of it that followed would be a second one. */
  readonly given: boolean;
  citations: number;
  /** `over`: the next block has begun. Some servers leave it at that, and clients take no more of it. */
  now: 'open' | 'over' | 'ended';
}

/** A block and what holds it. */
export interface BlockPlace {
  readonly index: number;
  /** What the event's nodes were parsed from. */
  readonly data: string;
  /** The block's input is all there is, not the beginning of one that comes in pieces. */
  readonly whole: boolean;
}

/** The delta that adds to a member of a block, and the only type of block that takes it. */
interface DeltaShape {
  readonly member: string;
  readonly block: string;
}

const DELTAS: ReadonlyMap<string, DeltaShape> = new Map(Object.entries(deltas));

/** Reads the content blocks of one answer, whole or piece by piece. */
export class BlockReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  readonly #calls: CallBook;
  readonly #blocks: BlockState[] = [];
  /** Names of the tools that were called, by the call's id: results name only that. */
  readonly #tools = new Map<string, string>();

  constructor(book: LaneBook, members: MemberLanes) {
    this.#book = book;
    this.#members = members;
    this.#calls = new CallBook(book);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  /** A block begins. Clients differ in where they put one that is not the next. */
  start(node: JsonNode | undefined, place: BlockPlace): ContentBlock | undefined {
    const { index } = place;
    if (node?.kind !== 'object' || index !== this.#blocks.length || index >= BLOCKS_MAX || this.#isDisguised(node)) {
      this.#book.broken = true;
      return undefined;
    }
    this.#endBefore(index);
    this.#book.mark({ group: index, says: 'begin' });
    const block = contentBlock(node, `/${index}`);
    for (const { kind, path, node: media } of block.media) {
      this.#book.see({ kind, at: path, bytes: media === undefined ? 0 : media.end - media.start });
    }
    if (block.kind === 'unknown') this.#book.see({ kind: 'unknown', at: `/${index}`, bytes: node.end - node.start });
    if (block.kind === 'call') this.#blocks.push(this.#call(block, place));
    else {
      this.#blocks.push({ ...FRESH, type: block.type, owner: this.#ownerOf(block), call: undefined, given: true });
      for (const member of node.members) this.#member(member, block, place);
    }
    // What a tool of the provider's own brought in is all there.
    if (block.kind === 'outside' || block.kind === 'definition') this.#closeTexts(index);
    return block;
  }

  /** More of a block that has begun and not ended. */
  delta(delta: JsonNode | undefined, { index, data }: BlockPlace): void {
    const block = this.#blocks[index];
    if (delta?.kind !== 'object' || block?.now !== 'open' || this.#isDisguised(delta)) {
      this.#book.broken = true;
      return;
    }
    const shape = DELTAS.get(stringOf(delta, 'type') ?? '');
    if (shape !== undefined && !takes(block, shape)) this.#book.broken = true;
    for (const { key, value } of delta.members) {
      const name = key.value;
      if (shape?.member === name) this.#addTo(block, { name, value, key }, { index, data });
      else this.#members.add({ value, name, prefix: `${index}/~delta/`, group: index, key, as: block.owner });
    }
    // A client would put the missing text's name, or nothing, in its place.
    if (shape !== undefined && memberOf(delta, shape.member) === undefined) this.#book.broken = true;
  }

  stop(index: number): void {
    const block = this.#blocks[index];
    if (block === undefined || block.now === 'ended') {
      this.#book.broken = true;
      return;
    }
    block.now = 'ended';
    this.#book.mark({ group: index, says: 'end' });
    this.#book.close((lane) => lane.group === index);
  }

  #endBefore(index: number): void {
    const last = this.#blocks[index - 1];
    if (last?.now !== 'open') return;
    last.now = 'over';
    this.#book.close((lane) => lane.group === index - 1);
  }

  #isDisguised(node: JsonObject): boolean {
    return node.members.some(({ key }) => fields.isDisguised(key.value));
  }

  #ownerOf({ kind, node, type }: ContentBlock): TextOwner {
    if (kind === 'signed') return { fixed: true };
    if (kind !== 'outside' && kind !== 'definition') return NOBODY_ELSE;
    const id = stringOf(node, 'tool_use_id') ?? '';
    const tool = this.#tools.get(id) ?? (type.endsWith('_tool_result') ? type.slice(0, -12) : undefined);
    return { point: 'tool-result', role: 'tool', tool };
  }

  #call({ node, type }: ContentBlock, { index, data, whole }: BlockPlace): BlockState {
    const call = this.#calls.open({ id: `${index}/~call`, group: index });
    const name = memberOf(node, 'name');
    const id = stringOf(node, 'id');
    this.#calls.identify(call, id);
    if (name?.kind === 'string') {
      this.#calls.name(call, name.value, { kind: 'literal', start: name.start, end: name.end });
      if (id !== undefined) this.#tools.set(id, name.value);
    } else if (name !== undefined) this.#book.broken = true;
    const input = memberOf(node, 'input');
    const given = input !== undefined && !isNull(input) && (whole || !isEmpty(input));
    if (input !== undefined && given) this.#calls.arguments(call, input, data);
    for (const { key, value } of node.members) {
      const rest = key.value !== 'name' && key.value !== 'input';
      if (rest) this.#members.add({ value, name: key.value, prefix: `${index}/`, group: index, key });
    }
    return { ...FRESH, type, owner: NOBODY_ELSE, call, given };
  }

  #member({ key, value }: JsonMember, { type, except }: ContentBlock, { index }: BlockPlace): void {
    const name = key.value;
    const block = this.#blocks[index];
    if (block === undefined) return;
    if (type === 'text' && name === 'citations' && value.kind === 'array') {
      for (const citation of value.items) this.#citation(block, citation, { index, key });
    } else if ((type === 'text' || type === 'thinking') && name === type && !isNull(value)) {
      if (value.kind !== 'string') this.#book.broken = true;
      else if (value.value !== '') this.#text(block, { name, value }, index);
    } else this.#members.add({ value, name, prefix: `${index}/`, group: index, key, as: block.owner, except });
  }

  #addTo(block: BlockState, { name, value, key }: Addition, { index, data }: Omit<BlockPlace, 'whole'>): void {
    if (name === 'citation') this.#citation(block, value, { index, key });
    else if (name === 'signature' || name === 'content') {
      // Not a piece: the last one is all of it.
      if (value.kind === 'string') this.#value({ name, value }, index);
      else if (!isNull(value)) this.#book.broken = true;
    } else if (value.kind !== 'string' || (block.given && block.call !== undefined && value.value !== '')) {
      this.#book.broken = true;
    } else if (block.call === undefined) this.#text(block, { name, value }, index);
    else {
      this.#book.mark({ group: index, says: 'text' });
      this.#calls.arguments(block.call, value, data);
    }
  }

  /** Texts, and thoughts, of one block after the other are one to a reader: each begins with the last of the one before. */
  #text({ owner }: BlockState, { name, value }: Said, index: number): void {
    this.#book.mark({ group: index, says: 'text' });
    const lane = this.#book.lane({ id: `~blocks/${name}`, group: index, field: name, fixed: owner.fixed });
    this.#book.text(lane, value.value, { kind: 'literal', start: value.start, end: value.end });
  }

  /** A signature, or the summary that stands for a conversation. */
  #value({ name, value }: Said, index: number): void {
    if (value.value === '' || fields.isStructuralInAnswer(name, value.value)) return;
    const place = { kind: 'literal', start: value.start, end: value.end } as const;
    this.#book.value({ id: `${index}/${name}`, group: index, field: name, fixed: true }, value.value, place);
  }

  /** Each citation is a text of its own, and complete: nothing waits for more of it. */
  #citation(
    block: BlockState,
    value: JsonNode,
    { index, key }: { readonly index: number; readonly key: JsonString },
  ): void {
    const prefix = `${index}/~citations/`;
    this.#members.add({ value, name: `${block.citations}`, prefix, group: undefined, key });
    block.citations += 1;
  }

  #closeTexts(index: number): void {
    this.#book.close((lane) => lane.group === index && lane.lane.release === 'text');
  }
}

interface Said {
  readonly name: string;
  readonly value: JsonString;
}

interface Addition {
  readonly name: string;
  readonly value: JsonNode;
  readonly key: JsonString;
}

const FRESH = { citations: 0, now: 'open' } as const;
const NOBODY_ELSE: TextOwner = {};

function takes({ type, call }: BlockState, { block }: DeltaShape): boolean {
  return block === 'tool_use' ? call !== undefined : type === block;
}

function isEmpty(value: JsonNode): boolean {
  return value.kind === 'object' && value.members.length === 0;
}
