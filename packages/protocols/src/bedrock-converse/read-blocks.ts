import type { Fault } from '@sallyport/core';
import {
  isNull,
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  stringOf,
  type TextCollector,
  walkTexts,
} from '@sallyport/wire';
import { MemberTexts } from '../request/member-texts.ts';
import { blockKind } from './block-kind.ts';
import { fields, isDisguised } from './fields.ts';
import { mediaIn } from './media-in.ts';
import { jsonResults, textsOf } from './tool-json.ts';

/** Texts of members of a request of this protocol. */
export const members = new MemberTexts(fields);

/** The qualifier of a text that answers are to be based on: whoever wrote it, it is not the user. */
const GROUNDING = 'grounding_source';

/** The texts of a list of content blocks. */
export function readBlocks(content: JsonNode, path: string, out: TextCollector): Fault | undefined {
  if (isNull(content)) return undefined;
  if (content.kind !== 'array') return { fault: 'BODY_SHAPE', at: path };
  const tools = calledTools(content.items);
  for (const [index, block] of content.items.entries()) {
    const at = `${path}/${index}`;
    if (block.kind !== 'object') return { fault: 'BODY_SHAPE', at };
    const fault = readBlock(block, { path: at, tools }, out);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export interface BlockAt {
  readonly path: string;
  /** Names of the tools that the same message calls, by the call's id: results name only that. */
  readonly tools: ReadonlyMap<string, string>;
}

/** A block is a union: one member, whose name is its kind. Where it has several, each is read for what it is. */
export function readBlock(block: JsonObject, { path, tools }: BlockAt, out: TextCollector): Fault | undefined {
  for (const { key, value } of block.members) {
    const name = key.value;
    if (isDisguised(block) || isDisguised(value)) return { fault: 'BODY_SHAPE', at: path };
    if (!isPlainName(name)) out.add(key, 'key');
    if (isNull(value)) continue;
    const kind = blockKind(name);
    if (kind === undefined) out.see('unknown', path, out.bytesOf(block));
    readKnown({ name, value, path: `${path}/${pointerToken(name)}`, tools }, out);
  }
  return undefined;
}

interface Known {
  readonly name: string;
  readonly value: JsonNode;
  readonly path: string;
  readonly tools: BlockAt['tools'];
}

function readKnown(block: Known, out: TextCollector): void {
  const own = sourced(block, out);
  if (blockKind(block.name) === 'call') readCall(block.value, block.path, own);
  else readContent(block, own);
}

function sourced({ name, value, tools }: Known, out: TextCollector): TextCollector {
  switch (blockKind(name)) {
    case 'outside': {
      const id = stringOf(value, 'toolUseId');
      const tool = name === 'toolResult' ? tools.get(id ?? '') : undefined;
      out.result({ tool, id }, memberOf(value, 'content') ?? value);
      return out.from({ point: 'tool-result', role: 'tool', tool });
    }
    case 'call': {
      const tool = stringOf(value, 'name');
      out.call({ tool, id: stringOf(value, 'toolUseId') }, memberOf(value, 'input'));
      return out.from({ tool });
    }
    case 'reasoning':
      return out.from({ fixed: isSigned(value) });
    case 'definition':
      return out.from({ point: 'tool-definition', role: 'definition' });
    default:
      if (!isGrounding(name, value)) return out;
      out.result({}, memberOf(value, 'text'));
      return out.from({ point: 'tool-result', role: 'tool' });
  }
}

function readContent({ name, value, path }: Known, out: TextCollector): void {
  const { places, encoded } = mediaIn(name, value, path);
  for (const { kind, path: at, bytes } of places) out.see(kind, at, bytes === undefined ? 0 : out.bytesOf(bytes));
  const except = new Set<JsonNode>(places.flatMap(({ bytes, isRead }) => (bytes === undefined || isRead ? [] : bytes)));
  if (name === 'toolResult') {
    for (const json of jsonResults(value)) {
      addAll(json, 'json', out);
      for (const text of textsOf(json)) except.add(text);
    }
  }
  members.addAt(value, { field: name, path, except, encoded: new Set<JsonNode>(encoded) }, out);
}

/** `{toolUseId, name, input}`: the input is a value of its own, in which nothing is an id of this protocol. */
function readCall(call: JsonNode, path: string, out: TextCollector): void {
  const input = memberOf(call, 'input');
  const except = new Set(input === undefined ? [] : textsOf(input));
  members.addAt(call, { field: 'toolUse', path, except }, out);
  if (input !== undefined) addAll(input, 'input', out);
}

/** Every text and key of a value that is nobody's format. */
export function addAll(value: JsonNode, field: string, out: TextCollector): void {
  walkTexts(value, { field, path: '' }, (place) => out.addPlace(place, field));
}

/** With a signature, the provider takes this reasoning back as it was, or not at all. */
function isSigned(reasoning: JsonNode): boolean {
  return (stringOf(memberOf(reasoning, 'reasoningText'), 'signature') ?? '') !== '';
}

function isGrounding(name: string, value: JsonNode): boolean {
  const qualifiers = name === 'guardContent' ? memberOf(memberOf(value, 'text'), 'qualifiers') : undefined;
  return (
    qualifiers?.kind === 'array' && qualifiers.items.some((one) => one.kind === 'string' && one.value === GROUNDING)
  );
}

function calledTools(blocks: readonly JsonNode[]): ReadonlyMap<string, string> {
  const tools = new Map<string, string>();
  for (const block of blocks) {
    const call = memberOf(block, 'toolUse');
    const id = stringOf(call, 'toolUseId');
    const name = stringOf(call, 'name');
    if (id !== undefined && name !== undefined) tools.set(id, name);
  }
  return tools;
}
