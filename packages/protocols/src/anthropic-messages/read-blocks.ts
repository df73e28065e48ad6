import type { Fault } from '@sallyport/core';
import {
  isNull,
  isPlainName,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  readSchema,
  stringOf,
  type TextCollector,
  walkTexts,
} from '@sallyport/wire';
import { MemberTexts } from '../request/member-texts.ts';
import { type ContentBlock, contentBlock } from './content-block.ts';
import { fields } from './fields.ts';

/** Texts of members of a request of this protocol. */
export const members = new MemberTexts(fields);

/** The texts of a message's content, or of a system prompt: a string, or a list of blocks. */
export function readBlocks(content: JsonNode, path: string, out: TextCollector): Fault | undefined {
  if (isNull(content)) return undefined;
  if (content.kind === 'string') {
    out.add(content, 'content');
    return undefined;
  }
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
  /** Names of the tools that the same message calls, by the call's id: its results name only that. */
  readonly tools: ReadonlyMap<string, string>;
}

export function readBlock(node: JsonObject, { path, tools }: BlockAt, out: TextCollector): Fault | undefined {
  if (node.members.some(({ key }) => fields.isDisguised(key.value))) return { fault: 'BODY_SHAPE', at: path };
  const block = contentBlock(node, path);
  if (block.kind === 'unknown') out.see('unknown', path, out.bytesOf(node));
  for (const { kind, path: at, node: media } of block.media) {
    out.see(kind, at, media === undefined ? 0 : out.bytesOf(media));
  }
  const own = sourced(block, tools, out);
  if (block.kind === 'definition') return readDefined(block, path, own);
  for (const member of node.members) readMember(member, { block, path }, own);
  return undefined;
}

function sourced({ kind, node }: ContentBlock, tools: BlockAt['tools'], out: TextCollector): TextCollector {
  switch (kind) {
    case 'outside': {
      const id = stringOf(node, 'tool_use_id');
      const tool = tools.get(id ?? '');
      out.result({ tool, id }, memberOf(node, 'content') ?? broughtBy(memberOf(node, 'source')));
      return out.from({ point: 'tool-result', role: 'tool', tool });
    }
    case 'call': {
      const tool = stringOf(node, 'name');
      out.call({ tool, id: stringOf(node, 'id') }, memberOf(node, 'input'));
      return out.from({ tool });
    }
    case 'signed':
      return out.from({ fixed: true });
    case 'definition':
      return out.from({ point: 'tool-definition', role: 'definition' });
    default:
      return out;
  }
}

interface MemberAt {
  readonly block: ContentBlock;
  readonly path: string;
}

function readMember({ key, value }: JsonMember, { block, path }: MemberAt, out: TextCollector): void {
  const field = key.value;
  if (!isPlainName(field)) out.add(key, 'key');
  const at = `${path}/${pointerToken(field)}`;
  if (block.kind === 'call' && field === 'input') {
    walkTexts(value, { field, path: at }, ({ node }) => out.add(node, field));
  } else members.addAt(value, { field, path: at, except: block.except }, out);
}

/** Tools that a message lists, adds or takes away. One that brings a model of its own was judged by nobody. */
function readDefined({ node }: ContentBlock, path: string, out: TextCollector): Fault | undefined {
  const definition = memberOf(memberOf(node, 'tool'), 'definition');
  if (memberOf(definition, 'model') !== undefined) {
    return { fault: 'FURTHER_MODELS', at: `${path}/tool/definition` };
  }
  for (const each of [definition, ...listedTools(memberOf(node, 'tools'))]) defineTool(each, out);
  for (const { key, value } of node.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value === 'tool' || key.value === 'tools') readSchema(value, key.value, out);
    else members.addAt(value, { field: key.value, path: `${path}/${pointerToken(key.value)}` }, out);
  }
  return undefined;
}

/** What a document says, where it is text or blocks. */
function broughtBy(source: JsonNode | undefined): JsonNode | undefined {
  return stringOf(source, 'type') === 'text' ? memberOf(source, 'data') : memberOf(source, 'content');
}

function listedTools(tools: JsonNode | undefined): readonly JsonNode[] {
  return tools?.kind === 'array' ? tools.items : [];
}

/** Notes a definition, the caller's or one that an MCP server listed. */
export function defineTool(node: JsonNode | undefined, out: TextCollector): void {
  out.define({
    name: stringOf(node, 'name'),
    description: stringOf(node, 'description'),
    parameters: memberOf(node, 'input_schema'),
    annotations: memberOf(node, 'annotations'),
  });
}

function calledTools(blocks: readonly JsonNode[]): ReadonlyMap<string, string> {
  const tools = new Map<string, string>();
  for (const block of blocks) {
    const type = stringOf(block, 'type');
    const id = stringOf(block, 'id');
    const name = stringOf(block, 'name');
    if (type?.endsWith('tool_use') === true && id !== undefined && name !== undefined) tools.set(id, name);
  }
  return tools;
}
