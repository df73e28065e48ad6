import type { Lane, LaneLeaf } from '@sallyport/core';
import { isNull, type JsonMember, type JsonNode, type JsonString, memberOf, stringOf } from '@sallyport/wire';
import { CallBook, type CallState } from '../answer/call-book.ts';
import type { LaneBook, LaneState } from '../answer/lane-book.ts';
import { MemberLanes, type TextOwner } from '../answer/member-lanes.ts';
import { blockKind } from './block-kind.ts';
import { fields, isDisguised, noFields } from './fields.ts';
import { mediaIn } from './media-in.ts';
import { jsonResults, textsOf } from './tool-json.ts';

/** Blocks that one answer may have: what has more is made to exhaust. */
const BLOCKS_MAX = 4096;
const SPEAKER: TextOwner = {};
/** The provider takes signed reasoning back as it was, or not at all; whether it is signed shows only at its end. */
const SIGNED: TextOwner = { fixed: true };

interface BlockState {
  call: CallState | undefined;
  /** The lane of its text, once there is any. */
  text: LaneState | undefined;
  tool: string | undefined;
  citations: number;
  open: boolean;
}

/** What an event says of one block. */
export interface BlockPart {
  readonly index: number;
  readonly node: JsonNode | undefined;
  /** What the event's nodes were parsed from. */
  readonly data: string;
}

interface MemberPart extends JsonMember {
  readonly index: number;
  readonly data: string;
}

/** Reads the content blocks of one answer, whole or piece by piece. */
export class BlockReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  /** For values that are nobody's format. */
  readonly #free: MemberLanes;
  readonly #calls: CallBook;
  readonly #blocks = new Map<number, BlockState>();
  /** Names of the tools that were called, by the call's id: results name only that. */
  readonly #tools = new Map<string, string>();

  constructor(book: LaneBook) {
    const onText = (group: number) => book.mark({ group, says: 'text' });
    this.#book = book;
    this.#members = new MemberLanes({ book, fields, onText });
    this.#free = new MemberLanes({ book, fields: noFields, onText });
    this.#calls = new CallBook(book);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  /** A block begins; those of text begin with their first delta. */
  start({ index, node, data }: BlockPart): void {
    const block = this.#begin(index);
    if (block === undefined || node?.kind !== 'object' || isDisguised(node)) {
      this.#book.broken = true;
      return;
    }
    for (const { key, value } of node.members) {
      const name = key.value;
      if (isNull(value)) continue;
      if (name === 'toolUse') this.#call(block, { index, node: value, data });
      else {
        if (blockKind(name) === undefined) this.#see('unknown', { index, node: value });
        const owner = name === 'toolResult' ? this.#outsider(block, value) : SPEAKER;
        this.#members.add({ value, name, prefix: `${index}/`, group: index, key, as: owner });
      }
    }
  }

  /** More of a block that has not ended. */
  delta({ index, node, data }: BlockPart): void {
    const block = this.#blocks.get(index) ?? this.#begin(index);
    if (block?.open !== true || node?.kind !== 'object' || isDisguised(node)) {
      this.#book.broken = true;
      return;
    }
    const [only] = node.members;
    if (node.members.length === 1 && only?.key.value === 'text' && only.value.kind === 'string') {
      this.#text(block, only.value, index);
    } else {
      for (const { key, value } of node.members) if (!isNull(value)) this.#delta(block, { key, value, index, data });
    }
    this.#book.turn(index);
  }

  stop(index: number): void {
    const block = this.#blocks.get(index) ?? this.#begin(index);
    if (block?.open !== true) {
      this.#book.broken = true;
      return;
    }
    this.#end(index, block);
  }

  /** No block takes more. */
  stopAll(): void {
    for (const block of this.#blocks.values()) block.open = false;
    this.#book.close((lane) => lane.group !== undefined);
  }

  /** A block that is all there. */
  whole({ index, node, data }: BlockPart): void {
    const block = this.#begin(index);
    if (block === undefined || node?.kind !== 'object' || isDisguised(node)) {
      this.#book.broken = true;
      return;
    }
    for (const { key, value } of node.members) {
      const name = key.value;
      if (isNull(value)) continue;
      if (name === 'toolUse') this.#call(block, { index, node: value, data });
      else this.#known(block, { key, value, index, data });
    }
    this.#end(index, block);
  }

  /** @returns `undefined` for one that began before, and for one too many */
  #begin(index: number): BlockState | undefined {
    if (this.#blocks.has(index) || this.#blocks.size >= BLOCKS_MAX) return undefined;
    const block: BlockState = { call: undefined, text: undefined, tool: undefined, citations: 0, open: true };
    this.#blocks.set(index, block);
    this.#book.mark({ group: index, says: 'begin' });
    return block;
  }

  #end(index: number, block: BlockState): void {
    block.open = false;
    this.#book.mark({ group: index, says: 'end' });
    this.#book.close((lane) => lane.group === index);
  }

  /** What nearly every event of a stream is. */
  #text(block: BlockState, { value, start, end }: JsonString, index: number): void {
    // What a client takes for a part of the call was not decided.
    if (block.call !== undefined) this.#break();
    if (value === '') return;
    if (block.text === undefined || block.text.closed) {
      block.text = this.#book.lane({ id: `${index}/text`, group: index, field: 'text' });
    }
    this.#book.mark({ group: index, says: 'text' });
    this.#book.text(block.text, value, { kind: 'literal', start, end });
  }

  #delta(block: BlockState, part: MemberPart): void {
    const { key, value, index, data } = part;
    const name = key.value;
    if (name === 'text' && value.kind === 'string') this.#text(block, value, index);
    else if (name === 'toolUse') this.#input(block, { index, node: value, data });
    else if (name === 'toolResult') this.#results(block, value, index);
    else if (name === 'image') this.#known(block, part);
    else if (name === 'reasoningContent') this.#add(part, SIGNED);
    else if (name === 'citation') {
      // Each is a text of its own, and complete: nothing waits for more of it.
      this.#members.add({ value, name: `${block.citations}`, prefix: `${index}/citations/`, group: undefined, key });
      block.citations += 1;
    } else {
      // What a client takes for a part of the call was not decided.
      if (block.call !== undefined) this.#break();
      this.#add(part, SPEAKER);
    }
  }

  /** A known member of a whole block, or one that nobody knows: whatever it says is looked at. */
  #known(block: BlockState, part: MemberPart): void {
    const { key, value, index } = part;
    const name = key.value;
    const kind = blockKind(name);
    if (kind === undefined) this.#see('unknown', { index, node: value });
    const { places, encoded } = mediaIn(name, value, `/${index}/${name}`);
    for (const { kind: media, path, bytes } of places) {
      this.#book.see({ kind: media, at: path, bytes: bytes === undefined ? 0 : bytes.end - bytes.start });
    }
    const except = new Set<JsonNode>(
      places.flatMap(({ bytes, isRead }) => (bytes === undefined || isRead ? [] : bytes)),
    );
    const owner = this.#ownerOf(block, name, value);
    // Detectors know base64 when they see it; an edit of it would leave no document behind.
    for (const node of encoded) {
      except.add(node);
      this.#free.add({
        value: node,
        name: 'bytes',
        prefix: `${index}/`,
        group: index,
        key,
        as: { ...owner, fixed: true },
      });
    }
    if (name === 'toolResult') {
      for (const [at, json] of jsonResults(value).entries()) {
        for (const text of textsOf(json)) except.add(text);
        this.#free.add({ value: json, name: `${at}`, prefix: `${index}/json/`, group: index, key, as: owner });
      }
    }
    this.#add(part, owner, except);
  }

  #add({ key, value, index }: MemberPart, as: TextOwner, except: ReadonlySet<JsonNode> = NONE): void {
    this.#members.add({ value, name: key.value, prefix: `${index}/`, group: index, key, as, except });
  }

  #ownerOf(block: BlockState, name: string, value: JsonNode): TextOwner {
    switch (blockKind(name)) {
      case 'outside':
        return name === 'toolResult' ? this.#outsider(block, value) : { point: 'tool-result', role: 'tool' };
      case 'reasoning':
        return (stringOf(memberOf(value, 'reasoningText'), 'signature') ?? '') === '' ? SPEAKER : SIGNED;
      default:
        return SPEAKER;
    }
  }

  /** What a tool of the provider's own brought in. */
  #outsider(block: BlockState, result: JsonNode): TextOwner {
    block.tool ??= this.#tools.get(stringOf(result, 'toolUseId') ?? '');
    return { point: 'tool-result', role: 'tool', tool: block.tool };
  }

  #call(block: BlockState, { index, node, data }: BlockPart): void {
    if (node?.kind !== 'object' || isDisguised(node) || block.call !== undefined) {
      this.#break();
      return;
    }
    const call = this.#calls.open({ id: `${index}/~call`, group: index });
    block.call = call;
    this.#book.mark({ group: index, says: 'text' });
    const name = memberOf(node, 'name');
    this.#calls.identify(call, stringOf(node, 'toolUseId'));
    if (name?.kind === 'string') {
      this.#calls.name(call, name.value, { kind: 'literal', start: name.start, end: name.end });
      this.#tools.set(stringOf(node, 'toolUseId') ?? '', name.value);
    } else if (name !== undefined) this.#break();
    const input = memberOf(node, 'input');
    if (input !== undefined) this.#calls.arguments(call, input, data);
    for (const { key, value } of node.members) {
      if (key.value === 'name' || key.value === 'input') continue;
      this.#members.add({ value, name: key.value, prefix: `${index}/toolUse/`, group: index, key });
    }
  }

  /** A piece of a call's input: a piece of JSON in a string. */
  #input({ call }: BlockState, { index, node, data }: BlockPart): void {
    if (call === undefined || node?.kind !== 'object' || isDisguised(node)) {
      this.#break();
      return;
    }
    for (const { key, value } of node.members) {
      if (key.value !== 'input') {
        this.#members.add({ value, name: key.value, prefix: `${index}/toolUse/`, group: index, key });
      } else if (value.kind === 'string') this.#calls.arguments(call, value, data);
      else this.#break();
    }
  }

  #results({ tool }: BlockState, results: JsonNode, index: number): void {
    const as: TextOwner = { point: 'tool-result', role: 'tool', tool };
    if (results.kind !== 'array') this.#break();
    else {
      for (const result of results.items) this.#result(result, index, as);
    }
  }

  #result(result: JsonNode, index: number, as: TextOwner): void {
    if (result.kind !== 'object' || isDisguised(result)) {
      this.#break();
      return;
    }
    for (const { key, value } of result.members) {
      const lanes = key.value === 'json' ? this.#free : this.#members;
      lanes.add({ value, name: key.value, prefix: `${index}/toolResult/`, group: index, key, as });
    }
  }

  #see(kind: 'unknown', { index, node }: { readonly index: number; readonly node: JsonNode }): void {
    this.#book.see({ kind, at: `/${index}`, bytes: node.end - node.start });
  }

  #break(): void {
    this.#book.broken = true;
  }
}

const NONE: ReadonlySet<JsonNode> = new Set();
