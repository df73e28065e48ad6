import type { Fault, Role, SliceContent, Unseen } from '@sallyport/core';
import {
  isNull,
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  stringOf,
  TextCollector,
} from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { MemberTexts } from '../request/member-texts.ts';
import { fields } from './fields.ts';

export const members = new MemberTexts(fields);

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

/** What the known part types carry besides text. */
const PARTS: ReadonlyMap<string, Unseen['kind'] | 'text'> = new Map([
  ['text', 'text'],
  ['refusal', 'text'],
  ['image_url', 'image'],
  ['input_audio', 'audio'],
  ['file', 'file'],
]);

/** Members that hold base64 without saying so in a `data:` prefix. */
const PAYLOADS: ReadonlySet<string> = new Set(['data', 'file_data']);

/** Every text of one message. A role that nobody knows counts as the caller's own. */
export function readMessage({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const claimed = stringOf(node, 'role');
  if (claimed === undefined) return { fault: 'BODY_SHAPE', at: '/role' };
  const role = ROLES.get(claimed);
  const out = new TextCollector({
    ...parsed,
    point: role === 'tool' ? 'tool-result' : 'input',
    role: role ?? 'user',
    stranger: role === undefined,
    tool: role === 'tool' ? stringOf(node, 'name') : undefined,
  });
  for (const { key, value } of node.members) {
    const name = key.value;
    let fault: Fault | undefined;
    if (fields.isDisguised(name)) return { fault: 'BODY_SHAPE' };
    if (name === 'role' && role !== undefined) continue;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'content') fault = readContent(value, out);
    else if (name === 'tool_calls') fault = readCalls(value, out);
    else if (name === 'function_call' && value.kind === 'object') readCall(value, { path: '/function_call' }, out);
    else {
      // What was said in an earlier answer, which only the provider has.
      if (name === 'audio' && !isNull(value)) out.see('audio', '/audio', 0);
      members.add(value, name, out);
    }
    if (fault !== undefined) return fault;
  }
  if (role === 'tool') {
    out.result({ tool: stringOf(node, 'name'), id: stringOf(node, 'tool_call_id') }, memberOf(node, 'content'));
  }
  return out.content();
}

function readContent(content: JsonNode, out: TextCollector): Fault | undefined {
  if (isNull(content)) return undefined;
  if (content.kind === 'string') {
    out.add(content, 'content');
    return undefined;
  }
  if (content.kind !== 'array') return { fault: 'BODY_SHAPE', at: '/content' };
  for (const [index, part] of content.items.entries()) {
    const path = `/content/${index}`;
    if (part.kind === 'string') out.add(part, 'content');
    else if (part.kind === 'object') readPart(part, path, out);
    else return { fault: 'BODY_SHAPE', at: path };
  }
  return undefined;
}

function readPart(part: JsonObject, path: string, out: TextCollector): void {
  const kind = PARTS.get(stringOf(part, 'type') ?? '') ?? 'unknown';
  members.addPart(part, { path, kind, payloads: PAYLOADS }, out);
}

function readCalls(calls: JsonNode, out: TextCollector): Fault | undefined {
  if (isNull(calls)) return undefined;
  if (calls.kind !== 'array') return { fault: 'BODY_SHAPE', at: '/tool_calls' };
  for (const [index, call] of calls.items.entries()) {
    const path = `/tool_calls/${index}`;
    if (call.kind !== 'object') return { fault: 'BODY_SHAPE', at: path };
    for (const { key, value } of call.members) {
      const inner = `${path}/${pointerToken(key.value)}`;
      if (!isPlainName(key.value)) out.add(key, 'key');
      if (fields.isDisguised(key.value)) return { fault: 'BODY_SHAPE', at: path };
      if (value.kind === 'object') {
        if (value.members.some((member) => fields.isDisguised(member.key.value)))
          return { fault: 'BODY_SHAPE', at: path };
        readCall(value, { path: inner, id: stringOf(call, 'id') }, out);
      } else members.addAt(value, { field: key.value, path: inner }, out);
    }
  }
  return undefined;
}

/** `{name, arguments}` or `{name, input}`: arguments are JSON in a string, input is free text. */
function readCall(
  call: JsonObject,
  { path, id }: { readonly path: string; readonly id?: string | undefined },
  out: TextCollector,
): void {
  const tool = stringOf(call, 'name');
  out.call({ tool, id }, memberOf(call, 'arguments') ?? memberOf(call, 'input'));
  for (const { key, value } of call.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value === 'arguments' && value.kind === 'string') out.addJson(value, 'arguments', tool);
    else {
      members.addAt(value, { field: key.value, path: `${path}/${pointerToken(key.value)}`, tool }, out);
    }
  }
}

/** What defines a tool, wherever this protocol's generations put it. */
export function definedIn(node: JsonNode): JsonNode | undefined {
  const places = [memberOf(node, 'function'), memberOf(node, 'custom'), node];
  return places.find((place) => stringOf(place, 'name') !== undefined);
}
